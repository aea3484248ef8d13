import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions, PveClusterStatus } from '../../api/pve-types.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';
import type { Permissions } from '../../types/observation.ts';
import { MAX_SKEW_MS, skewText } from '../../types/server-clock.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import { grantLines } from './grant.ts';
import { checkNoAccess } from './no-access.ts';
import { ALL_NEEDED, describePrivilege, missingPrivileges, type NeededPrivilege } from './permissions.ts';

/** What keeps the server from answering one call keeps it from answering the next. */
const NOT_REACHED: ReadonlySet<ErrorCode> = new Set(['unreachable', 'certificate', 'timeout', 'configuration']);

export interface CheckOptions {
  /** `user@realm` or `user@realm!token`, for the lines that give it a right. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  client: ProxmoxClient,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const call = { signal };
  const version = await attempt(client.getVersion(call));
  if (version instanceof AppError) {
    const step = version.code === 'unauthenticated' ? 'authentication' : 'version';
    yield failed(NOT_REACHED.has(version.code) ? 'connection' : step, version);
    return;
  }
  yield passed('authentication', 'the server accepts the credential');
  yield passed('version', `Proxmox VE ${version.version || 'of unknown version'}`);
  const permissions = await attempt(client.getPermissions(call));
  if (permissions instanceof AppError) {
    yield failed('permissions', permissions);
    if (NOT_REACHED.has(permissions.code)) return;
  }
  const missing = permissions instanceof AppError ? [] : missingPrivileges(permissions);
  if (!(permissions instanceof AppError)) yield* describePermissions(permissions, missing, account);
  yield* checkCluster(client, missing, call);
  yield* checkGuests(client, missing, call);
  yield* await checkNoAccess(client, account, call);
  yield checkClock(client.clockSkewMs());
}

function passed(step: string, message: string): ConnectionCheck {
  return { step, ok: true, message };
}

function failed(step: string, { message, hint }: AppError): ConnectionCheck {
  return { step, ok: false, message, ...(hint !== undefined && { hint }) };
}

/** One step for each right that is there, and one for those that the same lines give. */
function* describePermissions(
  permissions: Permissions,
  missing: readonly NeededPrivilege[],
  account: string,
): Iterable<ConnectionCheck> {
  const byHint = new Map<string, { step: string; lacks: string[] }>();
  for (const needed of ALL_NEEDED) {
    // Sys.Syslog is in no role made for reading, and without it only who did it stays unknown.
    const step = needed.isInAuditor ? 'permissions' : 'attribution';
    const what = `${describePrivilege(needed)} (${needed.purpose})`;
    if (!missing.includes(needed)) {
      yield passed(step, what);
      continue;
    }
    const hint = grantLines(needed, permissions, account);
    const group = byHint.get(hint) ?? { step, lacks: [] };
    group.lacks.push(what);
    byHint.set(hint, group);
  }
  for (const [hint, { step, lacks }] of byHint)
    yield { step, ok: false, message: `missing: ${lacks.join(', ')}`, hint };
}

/** A refusal for want of a right that was told as missing is the same failure. */
async function* checkCluster(
  client: ProxmoxClient,
  missing: readonly NeededPrivilege[],
  call: CallOptions,
): AsyncIterable<ConnectionCheck> {
  const status = await attempt(client.getClusterStatus(call));
  if (!(status instanceof AppError)) yield describeCluster(status);
  else if (status.code !== 'forbidden' || missing.length === 0) yield failed('cluster', status);
}

function describeCluster({ cluster, nodes }: PveClusterStatus): ConnectionCheck {
  const online = nodes.filter((node) => node.online === true).length;
  if (cluster === undefined) return passed('cluster', `a single host, ${nodes[0]?.name ?? 'without a name'}`);
  const message = `cluster ${cluster.name}, ${online} of ${nodes.length} nodes online`;
  if (cluster.quorate === false) {
    return { step: 'cluster', ok: false, message: `${message}, no quorum`, hint: 'see `pvecm status`' };
  }
  const quorum = cluster.quorate === true ? ', quorate' : '';
  const offline = nodes.filter((node) => node.online === false).map(({ name }) => name);
  return passed('cluster', `${message}${quorum}${offline.length === 0 ? '' : `; offline: ${offline.join(', ')}`}`);
}

async function* checkGuests(
  client: ProxmoxClient,
  missing: readonly NeededPrivilege[],
  call: CallOptions,
): AsyncIterable<ConnectionCheck> {
  const resources = await attempt(client.getClusterResources(call));
  if (resources instanceof AppError) return yield failed('guests', resources);
  const machines = resources.guests.filter(({ kind }) => kind === 'qemu').length;
  const containers = resources.guests.length - machines;
  const message = `visible: ${count(machines, 'virtual machine')}, ${count(containers, 'container')}`;
  if (resources.guests.length > 0) return yield passed('guests', message);
  if (missing.some(({ privilege }) => privilege === 'VM.Audit')) return;
  yield {
    step: 'guests',
    ok: false,
    message,
    hint: 'a token starts without rights of its own (privilege separation): give the token itself a role, not only its user',
  };
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

function checkClock(skewMs: number | null): ConnectionCheck {
  if (skewMs === null) return passed('clock', "the server's clock was not told");
  const message = skewText(skewMs);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return passed('clock', message);
  return { step: 'clock', ok: false, message, hint: 'let NTP set both clocks; tickets fail from five minutes on' };
}
