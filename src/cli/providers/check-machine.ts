import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { databaseUrl, requireFolder } from '../../app/config/database-location.ts';
import { type Environment, variable } from '../../app/config/environment.ts';
import { findCredential, findEndpoints, findTls, namesEndpoint } from '../../app/config/environment-provider.ts';
import { hasKeyring, systemKeyring } from '../../app/config/keyring.ts';
import { Problems } from '../../app/config/problems.ts';
import { failedSteps } from '../../app/failed-steps.ts';
import { DEFAULT_MANIFEST } from '../../app/registry.ts';
import type { ConnectionCheck } from '../../providers/provider.ts';
import type { EndpointReport } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import { allReferencesOf } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { formatAge, formatLocal, formatNextTry, plural } from '../output/format.ts';

/** Checks the database. Throws what is no AppError. */
export async function checkDatabase(context: CliContext): Promise<ConnectionCheck[]> {
  const step = 'database';
  try {
    requireFolder(context.options.db, context.app.env, context.io.cwd);
    const { location, serverVersion, schema, pendingMigrations, isWritable } = await (
      await context.app.database()
    ).status();
    const pending = plural(pendingMigrations.length, 'migration');
    return [
      { step, ok: true, message: `${location} (${serverVersion})` },
      schema !== null && pendingMigrations.length > 0
        ? { step, ok: true, isWarning: true, message: `${pending} not applied`, hint: 'rollcall db migrate' }
        : {
            step,
            ok: true,
            message: schema === null ? 'not made yet: the first command makes it' : `schema ${schema}`,
          },
      isWritable
        ? { step, ok: true, message: 'can be written' }
        : { step, ok: false, message: 'cannot be written', hint: `let this user write to ${location}` },
      ...fileMode(databaseUrl(context.options.db, context.app.env, context.io.cwd)),
    ];
  } catch (error) {
    if (!(error instanceof AppError) || context.io.signal.aborted) throw error;
    if (error.code === 'not-found')
      return [{ step, ok: true, message: `${error.message} yet; it is made when it is needed` }];
    return failedSteps(step, error);
  }
}

/** It holds no secret, but names, addresses and descriptions of all guests. */
function fileMode(url: string): ConnectionCheck[] {
  const file = url.startsWith('file:') ? url.slice('file:'.length) : null;
  const stats = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === null || stats === undefined || process.platform === 'win32') return [];
  const mode = (stats.mode & 0o777).toString(8);
  if ((stats.mode & 0o022) === 0) return [{ step: 'database', ok: true, message: `mode ${mode}` }];
  const message = `others can write to it (mode ${mode})`;
  return [{ step: 'database', ok: true, isWarning: true, message, hint: `chmod go-w ${file}` }];
}

export function checkNode(version: string): ConnectionCheck {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isFit = (major === 20 && minor >= 19) || (major === 22 && minor >= 14) || major >= 24;
  if (isFit) return { step: 'node', ok: true, message: `Node.js ${version}` };
  return { step: 'node', ok: false, message: `Node.js ${version}`, hint: 'use Node.js 20.19, 22.14, or 24 and later' };
}

/** Its absence matters only to those who keep a secret there. */
export async function checkKeyring(context: CliContext, stored: readonly ProviderRow[]): Promise<ConnectionCheck> {
  const step = 'keyring';
  if (await hasKeyring(context.io.keyring ?? systemKeyring)) return { step, ok: true, message: 'can be used' };
  const users = stored.filter((row) => allReferencesOf(row).some((reference) => reference.startsWith('keyring:')));
  if (users.length === 0) return { step, ok: true, message: 'there is none, and no provider needs it' };
  const names = users.map(({ name }) => name).join(', ');
  return {
    step,
    ok: false,
    message: `there is none, and it holds the secret of ${names}`,
    hint: `start it, or: rollcall providers update ${users[0]?.name ?? 'NAME'} --secret file:/path`,
  };
}

export function checkEnvironment(
  { io, app: { env, flags } }: CliContext,
  stored: readonly ProviderRow[],
): ConnectionCheck[] {
  const steps: ConnectionCheck[] = [];
  const warn = (message: string, hint: string): void => {
    steps.push({ step: 'environment', ok: true, isWarning: true, message, hint });
  };
  if (variable(env, 'NODE_TLS_REJECT_UNAUTHORIZED') === '0') {
    warn(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: Rollcall verifies certificates all the same, other Node.js programs do not',
      'unset it',
    );
  }
  for (const [used, unused] of contradictions(env))
    warn(`${used} and ${unused} are both set`, `${used} is used; unset ${unused}`);
  if (flags.environmentFile === undefined && existsSync(path.join(io.cwd, '.env'))) {
    const message = 'the .env in the working directory is not read';
    steps.push({ step: 'environment', ok: true, message, hint: 'name it to use it: --environment-file .env' });
  }
  if (namesEndpoint(flags, env)) {
    try {
      const problems = new Problems();
      findEndpoints(flags, env, problems, DEFAULT_MANIFEST);
      findTls(flags, { env, cwd: io.cwd, manifest: DEFAULT_MANIFEST }, problems);
      findCredential(env, problems);
      problems.throwIfAny();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const found = failedSteps('environment', error);
      // Stored providers can do without it.
      const isVital = stored.length === 0;
      steps.push(...(isVital ? found : found.map((step) => ({ ...step, ok: true, isWarning: true as const }))));
    }
  }
  return steps.length > 0 ? steps : [{ step: 'environment', ok: true, message: 'without contradictions' }];
}

function contradictions(env: Environment): (readonly [used: string, unused: string])[] {
  const pairs = [
    ['PROXMOX_VE_ENDPOINT', 'PROXMOX_HOST'],
    ['PROXMOX_VE_API_TOKEN', 'PROXMOX_TOKEN_ID'],
    ['PROXMOX_VE_API_TOKEN', 'PROXMOX_PASSWORD'],
    ['PROXMOX_TOKEN_ID', 'PROXMOX_PASSWORD'],
    ['PROXMOX_VE_FINGERPRINT', 'PROXMOX_VE_CA_FILE'],
  ] as const;
  return pairs.filter(([used, unused]) => variable(env, used) !== undefined && variable(env, unused) !== undefined);
}

/** What runs found out of an address, of those too that the cluster told of. */
function troubled(report: EndpointReport, now: Date): ConnectionCheck[] {
  const { url, node, isConfigured, lastOkAt, failures, error, retryAt } = report;
  // An address that the cluster told of and that never answered may be one of its inner network.
  if (failures === 0 || (!isConfigured && lastOkAt === null)) return [];
  const again = retryAt === null ? '' : `, ${formatNextTry(retryAt, now)}`;
  const message = `${plural(failures, 'failure')} in a row${error === null ? '' : `: ${error}`}${again}`;
  const who =
    node === null ? {} : { hint: `see whether node ${node} is up, and whether ${url} can be reached from here` };
  return [{ step: 'state', endpoint: url, ok: true, isWarning: true, message, ...who }];
}

/** What keeps a provider from being synced: it is held, paused or disabled. */
export async function checkProviderState(context: CliContext, row: ProviderRow): Promise<ConnectionCheck[]> {
  const steps: ConnectionCheck[] = [];
  const now = context.now();
  const [status] = await (await context.app.inventory()).syncStatus({ provider: row.name });
  const step = 'state';
  const hint = `rollcall providers enable ${row.name}`;
  if (!row.isEnabled) steps.push({ step, ok: true, isWarning: true, message: 'disabled', hint });
  if (row.pausedAt !== null) {
    const why = row.pauseReason === null ? '' : `: ${row.pauseReason}`;
    steps.push({ step, ok: false, message: `paused since ${formatLocal(row.pausedAt)}${why}`, hint });
  }
  const lease = status?.lease ?? null;
  if (lease !== null) {
    const isOver = lease.until < now;
    const message = `${isOver ? 'was' : 'is being'} synced by ${lease.holder} since ${formatLocal(lease.since)}`;
    const told = { step, ok: true, message: isOver ? `${message}, which has stopped renewing its lease` : message };
    steps.push(isOver ? { ...told, isWarning: true, hint: 'the next run takes it over' } : told);
  }
  steps.push(...(status?.endpoints ?? []).flatMap((one) => troubled(one, now)));
  if (steps.length > 0) return steps;
  return [{ step, ok: true, message: `enabled, last run ${formatAge(row.lastRunAt, now)}` }];
}
