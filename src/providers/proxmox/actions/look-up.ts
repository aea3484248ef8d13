import { guestOfPath } from '../../../api/paths.ts';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveGuestConfig, PveTask } from '../../../api/pve-types.ts';
import type { PlannedCall, Proof, SentCall } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import type { LookedUp } from '../../acting.ts';
import { attempt } from '../../scope-reports.ts';

export interface LookUp {
  /** With the account that acts: its own tasks it always sees. */
  client: ProxmoxClient;
  /** `user@realm!name`. */
  account: string;
  /** Tasks that are known to be of other calls. */
  known: ReadonlySet<string>;
  signal: AbortSignal;
}

/** The server's clock is known to about a second. */
const CLOCK_ERROR_S = 2;

/** Throws AppError where the server cannot be asked. */
export async function lookUpCall(look: LookUp, call: PlannedCall, sent: SentCall): Promise<LookedUp> {
  if (call.task !== null) {
    const found = await tasksOf(look, call, sent);
    const [only, ...more] = found;
    if (only !== undefined && more.length === 0) return { kind: 'task', ref: only.upid };
    if (only !== undefined) return unknown(`${found.length} tasks since then could be it`);
  }
  if (call.proof !== null) return proven(look, call, call.proof);
  return unknown(call.task === null ? 'nothing tells whether it was done' : 'no task of it is there so far');
}

function unknown(why: string): LookedUp {
  return { kind: 'unknown', why };
}

async function tasksOf(
  { client, account, known, signal }: LookUp,
  { node, task }: PlannedCall,
  { sentAt }: SentCall,
): Promise<PveTask[]> {
  if (task === null) return [];
  // Its clock is known from answers of the server itself: what resumes has none yet.
  if (client.clockSkewMs() === null) await client.getVersion({ signal });
  const since = Math.floor((new Date(sentAt).getTime() + (client.clockSkewMs() ?? 0)) / 1000) - CLOCK_ERROR_S;
  const { tasks } = await client.getTasks(node, { since, source: 'all', limit: 500 }, { signal });
  return tasks.filter(
    ({ upid, type, id, user, tokenid, starttime }) =>
      starttime >= since &&
      task.types.includes(type) &&
      id === task.id &&
      (tokenid === undefined ? user : `${user}!${tokenid}`) === account &&
      !known.has(upid),
  );
}

async function proven({ client, signal }: LookUp, { path }: PlannedCall, proof: Proof): Promise<LookedUp> {
  if (proof.kind === 'guest') {
    const isFree = await attempt(client.isVmidFree(proof.vmid, { signal }));
    if (isFree instanceof AppError) return unknown('the server does not say whether the vmid is free');
    return isFree === proof.isThere ? unknown('the guest is as before') : { kind: 'done' };
  }
  const place = guestOfPath(path);
  if (place === null) return unknown('nothing tells whether it was done');
  if (proof.kind === 'config') return afterConfig(proof, await client.getGuestConfig(place, {}, { signal }));
  const all = await client.getSnapshots(place.kind, place.node, place.vmid, { signal });
  const isAsWanted = all.some(({ name }) => name === proof.name) === proof.isThere;
  return isAsWanted ? { kind: 'done' } : unknown('the guest is as before');
}

function afterConfig({ values, digest }: Extract<Proof, { kind: 'config' }>, config: PveGuestConfig): LookedUp {
  const isDone = Object.entries(values).every(([key, value]) => textOf(config[key]) === value);
  if (isDone) return { kind: 'done' };
  // The call named the digest of before: a file that is another one by now refuses it.
  if (digest !== null && config['digest'] !== digest) {
    return {
      kind: 'not-done',
      why: 'somebody else has changed the configuration, so that the server refuses the call',
    };
  }
  return unknown('the configuration is as before');
}

function textOf(value: PveGuestConfig[string] | undefined): string | null {
  return value === undefined ? null : String(value);
}
