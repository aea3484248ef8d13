import type { GuestIdentity, GuestKind } from './guest.ts';

/** What the owner of a provider may allow, each alone. */
export const ACTION_RIGHTS = [
  'power',
  'snapshot',
  'config',
  'backup',
  'migrate',
  'clone',
  'create',
  'destroy',
  // Calls that none of the others is about, by `rollcall api`: access, storages, the cluster, firewalls, nodes.
  'api',
] as const;
export type ActionRight = (typeof ACTION_RIGHTS)[number];

/** Parameters of a call or of a configuration, as text: booleans are `0` and `1`. */
export type Parameters = Readonly<Record<string, string>>;

/** What somebody wants done to a guest: nothing of the world is in it. Sizes, times and names are checked where they are parsed. */
export type Action =
  | { verb: 'start' | 'stop' | 'reset' | 'resume' }
  /** `timeoutSeconds`: how long the guest may take, by its server's clock; null: as the server has it. */
  | { verb: 'shutdown'; timeoutSeconds: number | null; forceStop: boolean }
  | { verb: 'reboot'; timeoutSeconds: number | null }
  | { verb: 'suspend'; toDisk: boolean }
  /** `keep`: afterwards the newest so many stay, of those whose names `among` matches; null: all. */
  | {
      verb: 'snapshot-create';
      name: string;
      description: string | null;
      withMemory: boolean;
      keep: number | null;
      /** A wildcard; null: of any name. */
      among: string | null;
    }
  /** Those that `name` matches, a name or a wildcard; of them the ones that are older than `before`, or beyond the newest `keep`. */
  | { verb: 'snapshot-delete'; name: string | null; before: string | null; keep: number | null }
  | { verb: 'snapshot-rollback'; name: string; start: boolean }
  | { verb: 'set'; set: Parameters; remove: readonly string[] }
  | { verb: 'tag'; add: readonly string[]; remove: readonly string[] }
  /** `online` null: as the guest is, running or not. */
  | {
      verb: 'migrate';
      target: string;
      online: boolean | null;
      withLocalDisks: boolean;
      targetStorage: string | null;
    }
  /**
   * `vmid`: of the new guest. `full` null: linked from a template, full otherwise. `settings` are given to the new guest afterwards,
   * `diskSize` (`64G`) is what its first disk grows to; null: it stays.
   */
  | {
      verb: 'clone';
      name: string | null;
      vmid: number;
      target: string | null;
      storage: string | null;
      full: boolean | null;
      pool: string | null;
      snapshot: string | null;
      description: string | null;
      settings: Parameters;
      diskSize: string | null;
      start: boolean;
    }
  /** `parameters` as the server takes them, without the vmid. `diskSize`: what a disk that is imported grows to. */
  | {
      verb: 'create';
      kind: 'qemu' | 'lxc';
      vmid: number;
      node: string;
      parameters: Parameters;
      diskSize: string | null;
      start: boolean;
    }
  | {
      verb: 'backup';
      storage: string;
      mode: 'snapshot' | 'suspend' | 'stop';
      /** `zstd`, `gzip`, `lzo`, or `0` for none. */
      compress: string;
      notes: string | null;
      protect: boolean;
    }
  /** Over the guest itself; or, with a `vmid`, to a new one. `foreign`: the archive may be of another guest. */
  | {
      verb: 'restore';
      volid: string;
      vmid: number | null;
      storage: string | null;
      start: boolean;
      unique: boolean;
      foreign: boolean;
    }
  | { verb: 'template' }
  | { verb: 'destroy'; purge: boolean; withUnreferencedDisks: boolean }
  | { verb: 'move-disk'; disk: string; storage: string; deleteSource: boolean; format: string | null }
  /** `size`: `+10G`, or the new size, `40G`. */
  | { verb: 'resize-disk'; disk: string; size: string };

export type ActionVerb = Action['verb'];

/** Whom an action is meant for: one incarnation of the inventory; of what is made new, where it is made. */
export interface ActionSubject {
  providerId: string;
  providerName: string;
  /** Of the inventory; null: it is made by the action. */
  guestId: string | null;
  kind: Exclude<GuestKind, 'vm'>;
  vmid: number;
  name: string | null;
  node: string;
  /** As the inventory has it: what the guest that is read has to be. In a plan as it was read, without the digest of its file. */
  identity: GuestIdentity;
  /** When a run saw it last, ISO 8601; null: it is made by the action. */
  seenAt: string | null;
}

/** One write to the server. It is sent once, whatever happens. */
export interface PlannedCall {
  verb: 'POST' | 'PUT' | 'DELETE';
  /** Below `/api2/json`. */
  path: string;
  /** What is sent. Of {@link secrets} the values are not stored. */
  parameters: Parameters;
  /** Names of parameters whose values nobody may see. */
  secrets: readonly string[];
  /** The node that does it. */
  node: string;
  /** `start`, `delete the snapshot old`. */
  words: string;
  /** How its task is known: types (`qmstart`; through HA `hastart`) and the id that its UPID has; null: the answer is the end of it. */
  task: { types: readonly string[]; id: string } | null;
  /** What of the guest proves that it was done, where the answer got lost and no task tells. */
  proof: Proof | null;
  /** What is waited for once its task has ended; absent: the end of the task is the end of it. */
  settles?: Settling;
  /** Values that it gives to fields of the guest's document, null for removed ones; empty where only the server knows. */
  sets: Readonly<Record<string, string | null>>;
}

/** `config`: these values are in the configuration; null: the key is not there. `digest`: of before, which is gone then. */
export type Proof =
  | { kind: 'config'; values: Readonly<Record<string, string | null>>; digest: string | null }
  | { kind: 'snapshot'; name: string; isThere: boolean }
  | { kind: 'guest'; vmid: number; isThere: boolean };

/** What the guest has to become after the task that only asks for it, as HA's does. */
export type Settling = { kind: 'power'; isRunning: boolean } | { kind: 'node'; node: string };

export const CHECKS = [
  'allowed',
  'incarnation',
  'lock',
  'protection',
  'ha',
  'quorum',
  'node',
  'template',
  'power',
  'snapshot',
  'storage',
  'vmid',
  'bridge',
  'privilege',
  'configuration',
  'disk',
  'precondition',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** Something that was looked at. One that is not `ok` refuses the guest. */
export interface Check {
  name: CheckName;
  ok: boolean;
  /** What was found: `VM is locked (backup)`, `node pve2 is online`. */
  text: string;
  /** What to do about one that is not. */
  hint?: string;
}

/** Something that somebody should know before: `stops a running guest`. `kind` is stable, the text is for people. */
export interface Risk {
  kind: string;
  text: string;
}

/** What will be done to one guest. It is data: of the same world the same plan. */
export interface GuestPlan {
  action: Action;
  subject: ActionSubject;
  /** The vmid that nothing else may act on meanwhile: the guest's own, or the one that is made. */
  lockVmid: number;
  calls: readonly PlannedCall[];
  checks: readonly Check[];
  risks: readonly Risk[];
  /** What will be different, for people: `memory: 2048 → 4096, after a restart`. */
  effects: readonly string[];
  /** What it takes room and time of: its limits count for these. */
  load: { nodes: readonly string[]; storages: readonly string[] };
  /** Place among others: the guest's own startup order; null: after those that have one. */
  order: number | null;
  /** Of those of a later group none is begun before all of the earlier ones have ended. */
  group: number;
  isRunning: boolean;
}

export interface ActionPlan {
  format: 1;
  id: string;
  createdAt: string;
  verb: ActionVerb;
  reason: string | null;
  guests: readonly GuestPlan[];
}

export const STEP_STATES = [
  'waiting',
  'running',
  'done',
  'warning',
  'failed',
  'unknown',
  'skipped',
  'cancelled',
] as const;
/** `warning`: done, with warnings. `unknown`: it may or may not have been done. `skipped`: it was not begun, for others failed. */
export type StepState = (typeof STEP_STATES)[number];

/** A call that was sent, or was about to be. */
export interface SentCall {
  /** Which of the plan. */
  index: number;
  /** Written down before it is sent. By our clock. */
  sentAt: string;
  /** Who acts at the provider: `user@realm!name`; absent: it was not recorded. */
  account?: string;
  /** UPID of its task; null: it has none, or it is not known yet. */
  ref: string | null;
  endedAt: string | null;
  /** null: it has not ended, or nobody knows how. */
  outcome: 'ok' | 'warning' | 'failed' | 'unknown' | null;
  /** `WARNINGS: 2`, the server's refusal; null: nothing. */
  message: string | null;
}

/** One guest of an operation. */
export interface OperationStep {
  operationId: string;
  seq: number;
  subject: Omit<ActionSubject, 'identity' | 'seenAt'>;
  state: StepState;
  plan: GuestPlan;
  /** Made with the inventory key. */
  seal: string;
  calls: readonly SentCall[];
  message: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}
