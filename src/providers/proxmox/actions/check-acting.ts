import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { ActionRight } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import type { Permissions } from '../../../types/observation.ts';
import { failed, passed, warned } from '../../check-steps.ts';
import type { ConnectionCheck } from '../../provider.ts';
import { attempt } from '../../scope-reports.ts';
import { grantRight } from './grant-right.ts';
import { lacksOf, privilegesFor, WRITING } from './privileges.ts';

const STEP = 'actions';
const MOST_NAMED = 3;

export interface CheckedActing {
  allow: readonly ActionRight[];
  acting: ProxmoxClient;
  /** null: it is the one that acts. */
  reading: ProxmoxClient | null;
  signal: AbortSignal;
}

/** Checks what the account that acts may do of what is allowed. Nothing is written. */
export async function* checkActing({ allow, acting, reading, signal }: CheckedActing): AsyncIterable<ConnectionCheck> {
  const account = acting.credentialName;
  const version = await attempt(acting.getVersion({ signal }));
  if (version instanceof AppError) return yield failed(STEP, version);
  const permissions = await attempt(acting.getPermissions({ signal }));
  if (permissions instanceof AppError) return yield failed(STEP, permissions);
  const major = majorOf(version.version);
  if (allow.length === 0) yield passed(STEP, `the server accepts ${account}, and nothing is allowed`);
  for (const right of allow) yield* checkRight(right, { permissions, account, major });
  if (reading === null) return;
  const ofReading = await attempt(reading.getPermissions({ signal }));
  // That these could not be read was told by another step.
  if (!(ofReading instanceof AppError)) yield* checkReading(ofReading, reading.credentialName);
}

function majorOf(version: string): number | null {
  const major = Number(/^\d+/.exec(version)?.[0]);
  return Number.isNaN(major) ? null : major;
}

interface Account {
  permissions: Permissions;
  account: string;
  major: number | null;
}

function* checkRight(right: ActionRight, who: Account): Iterable<ConnectionCheck> {
  const lacks = lacksOf(right, who.permissions, who.major);
  const held = privilegesFor(right, who.major).filter((one) => !lacks.some(({ needed }) => needed === one));
  const words = held.map(({ privileges, path }) => `${privileges.join(', ')} on ${path}`);
  if (lacks.length === 0) return yield passed(STEP, `${right}: ${who.account} has ${words.join(', ')}`);
  const hint = grantRight(right, lacks, who);
  for (const { needed, missing, heldOn } of lacks) {
    const what = `${missing.join(', ')} on ${needed.path}`;
    const message = `${right}: ${who.account} lacks ${what}`;
    if (needed.only !== undefined) yield warned(STEP, `${message} (${needed.only})`, hint);
    else if (heldOn.length > 0) yield warned(STEP, `${message}, and may do it only on ${listed(heldOn)}`, hint);
    else yield failed(STEP, { message, hint });
  }
}

/** A credential that reads all day from a machine that only watches need not be one that could write. */
function* checkReading(permissions: Permissions, account: string): Iterable<ConnectionCheck> {
  const granted = new Set(Object.values(permissions).flatMap((entry) => Object.keys(entry)));
  const writing = WRITING.filter((one) => granted.has(one));
  if (writing.length === 0) return;
  yield warned(
    STEP,
    `${account}, which only reads, may also write: ${listed(writing)}`,
    `leave it PVEAuditor, and Sys.Syslog: the roles that it has are shown by \`pveum acl list\``,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more <= 0 ? names.join(', ') : `${names.slice(0, MOST_NAMED).join(', ')} and ${more} more`;
}
