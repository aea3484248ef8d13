import { guestPath } from '../../../api/paths.ts';
import type { ActionRight, ActionSubject, Check, GuestPlan, PlannedCall, Risk } from '../../../types/action.ts';
import type { LiveGuest, Scene, SceneReader } from './scene.ts';

/** What a planner decides; what every plan has besides is added to it. */
export interface Draft {
  calls: readonly PlannedCall[];
  checks: readonly Check[];
  risks: readonly Risk[];
  effects: readonly string[];
  /** Storages that are written to. */
  storages?: readonly string[];
  /** Nodes besides that of the guest. */
  nodes?: readonly string[];
  /** Where it is not the guest's own. */
  lockVmid?: number;
  /** False: it goes on as before, whatever is done; else one that runs is disturbed. */
  isTouched?: false;
}

export interface PlanContext {
  /** As the inventory has the guest. */
  known: ActionSubject;
  allow: readonly ActionRight[];
}

/** How the actions of one verb are planned. `read` asks for what only they need; `plan` is pure. */
export interface VerbPlanner<A, Extra> {
  right: ActionRight;
  read: (reader: SceneReader, action: A, scene: Scene) => Promise<Extra>;
  plan: (action: A, scene: Scene, more: PlanContext & { extra: Extra }) => Draft;
}

export const NOTHING_MORE = async (): Promise<null> => null;

export const NO_CALLS: Pick<Draft, 'calls' | 'risks' | 'effects'> = { calls: [], risks: [], effects: [] };

/** `/nodes/pve1/qemu/100` of the guest, and what is below it. */
export function pathOf({ kind, node, vmid }: ActionSubject, below = ''): string {
  return `${guestPath(kind, node, vmid)}${below}`;
}

type CallParts = Pick<PlannedCall, 'verb' | 'path' | 'words'> & Partial<PlannedCall>;

/** A call to the node of the guest; without parameters, task and proof unless they are given. */
export function call(
  subject: ActionSubject,
  {
    verb,
    path,
    words,
    parameters = {},
    secrets = [],
    node = subject.node,
    task = null,
    proof = null,
    sets = {},
    settles,
  }: CallParts,
): PlannedCall {
  return { verb, path, parameters, secrets, node, words, task, proof, sets, ...(settles && { settles }) };
}

/** `qmstart` of a VM, `vzstart` of a container, about the guest itself. */
export function ownTask({ kind, vmid }: ActionSubject, verb: string): NonNullable<PlannedCall['task']> {
  return { types: [`${kind === 'qemu' ? 'qm' : 'vz'}${verb}`], id: String(vmid) };
}

/** The plan of one guest. */
export function toGuestPlan(action: GuestPlan['action'], { subject, guest }: Scene, draft: Draft): GuestPlan {
  const isRefused = draft.checks.some(({ ok }) => !ok);
  return {
    action,
    subject,
    lockVmid: draft.lockVmid ?? subject.vmid,
    calls: isRefused ? [] : draft.calls,
    checks: draft.checks,
    risks: draft.risks,
    effects: draft.effects,
    load: { nodes: [...new Set([subject.node, ...(draft.nodes ?? [])])], storages: draft.storages ?? [] },
    order: guest === null ? null : startupOrder(guest),
    group: 0,
    isRunning: draft.isTouched ?? guest?.isRunning ?? false,
  };
}

const ORDER = /(?:^|,)(?:order=)?(\d{1,9})(?:,|$)/;

/** `startup: order=1,up=30`. Source: pve-guest-common src/PVE/GuestHelpers.pm, parse_startup. */
function startupOrder({ config }: LiveGuest): number | null {
  const digits = ORDER.exec(String(config['startup'] ?? ''))?.[1];
  return digits === undefined ? null : Number(digits);
}
