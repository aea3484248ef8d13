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
const PATH = /^\/nodes\/[^/]+\/(qemu|lxc)\/(\d{1,9})(?:\/|$)/;

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

async function proven({ client, signal }: LookUp, { path, node }: PlannedCall, proof: Proof): Promise<LookedUp> {
  const [, kind, digits] = PATH.exec(path) ?? [];
  const place = { kind: kind === 'lxc' ? ('lxc' as const) : ('qemu' as const), node, vmid: Number(digits) };
  switch (proof.kind) {
    case 'config': {
      const config = await client.getConfigUnless(undefined, place, { signal });
      return config === undefined ? unknown('the configuration cannot be read') : afterConfig(proof, config);
    }
    case 'snapshot': {
      const all = await client.getSnapshots(place.kind, node, place.vmid, { signal });
      return all.some(({ name }) => name === proof.name) === proof.isThere
        ? { kind: 'done' }
        : unknown('the guest is as before');
    }
    case 'guest': {
      const isFree = await attempt(client.isVmidFree(proof.vmid, { signal }));
      if (isFree instanceof AppError) return unknown('the server does not say whether the vmid is free');
      return isFree === proof.isThere ? unknown('the guest is as before') : { kind: 'done' };
    }
  }
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
