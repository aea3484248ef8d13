import type { ActionRight, ActionSubject, Check } from '../../../types/action.ts';
import { holds } from '../../../types/permissions.ts';
import { isSameGuest } from './same-guest.ts';
import type { LiveGuest, Scene } from './scene.ts';

/** A privilege that the account needs: one of them, on this path. Source: the `permissions` of the vendor's API schema. */
export interface Need {
  path: string;
  anyOf: readonly string[];
}

export interface CommonChecks {
  right: ActionRight;
  /** What the owner of the provider allows. */
  allow: readonly ActionRight[];
  /** The guest as the inventory has it. */
  known: ActionSubject;
  needs: readonly Need[];
  /** Locks with which the action works all the same: that of a suspended VM for its start. */
  passes?: readonly string[];
}

/** What every action on a guest looks at. */
export function commonChecks(
  { subject, cluster, permissions, guest }: Scene,
  { right, allow, known, needs, passes = [] }: CommonChecks,
): Check[] {
  return [
    allowedCheck(right, allow, subject.providerName),
    ...(guest === null ? [goneCheck(known)] : [incarnationCheck(known, guest), lockCheck(guest, passes)]),
    quorumCheck(cluster.isQuorate),
    nodeCheck(subject.node, cluster.nodes),
    ...needs.map((need) => privilegeCheck(need, permissions)),
  ];
}

export function allowedCheck(right: ActionRight, allow: readonly ActionRight[], provider: string): Check {
  if (allow.includes(right)) return { name: 'allowed', ok: true, text: `${provider} allows ${right}` };
  return {
    name: 'allowed',
    ok: false,
    text: `${provider} does not allow ${right}${allow.length === 0 ? ': it is only read' : ''}`,
    hint: `its owner allows it: rollcall providers update ${provider} --allow ${[...allow, right].join(',')}`,
  };
}

function goneCheck({ kind, vmid }: ActionSubject): Check {
  return {
    name: 'incarnation',
    ok: false,
    text: `${kind === 'qemu' ? 'VM' : 'CT'} ${vmid} is not there any more`,
    hint: 'rollcall discover-all records what became of it',
  };
}

function incarnationCheck(known: ActionSubject, guest: LiveGuest): Check {
  const { isSame, why } = isSameGuest(known, guest);
  if (isSame) return { name: 'incarnation', ok: true, text: `it is the guest of the inventory: ${why}` };
  return {
    name: 'incarnation',
    ok: false,
    text: `vmid ${known.vmid} is not the guest of the inventory: ${why}`,
    hint: 'rollcall discover-all records what is there now; then name the guest again',
  };
}

function lockCheck({ lock }: LiveGuest, passes: readonly string[]): Check {
  if (lock === null || passes.includes(lock)) return { name: 'lock', ok: true, text: 'it is not locked' };
  return {
    name: 'lock',
    ok: false,
    text: `it is locked (${lock})`,
    hint: 'wait until that has ended; a stale lock is removed on the node with `qm unlock` or `pct unlock`',
  };
}

export function quorumCheck(isQuorate: boolean): Check {
  return { name: 'quorum', ok: isQuorate, text: isQuorate ? 'the cluster has quorum' : 'the cluster has no quorum' };
}

export function nodeCheck(node: string, nodes: ReadonlyMap<string, boolean>): Check {
  const isOnline = nodes.get(node);
  if (isOnline === true) return { name: 'node', ok: true, text: `node ${node} is online` };
  if (isOnline === false) return { name: 'node', ok: false, text: `node ${node} is offline` };
  const known = [...nodes.keys()].sort().join(', ');
  return { name: 'node', ok: false, text: `the cluster has no node ${node}`, hint: `its nodes: ${known}` };
}

export function privilegeCheck({ path, anyOf }: Need, permissions: Scene['permissions']): Check {
  const words = `${anyOf.join(' or ')} on ${path}`;
  const isHeld = anyOf.some((one) => holds(permissions, path, one));
  if (isHeld) return { name: 'privilege', ok: true, text: `the account has ${words}` };
  return {
    name: 'privilege',
    ok: false,
    text: `the account that acts lacks ${words}`,
    hint: '`rollcall providers test` prints the lines that give it',
  };
}
