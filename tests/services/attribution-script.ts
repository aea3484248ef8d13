import { isLogEntry, isTask, type LogEntry, type Task } from '../../src/providers/proxmox/records/record.ts';
import type { PatchEntry, Value } from '../../src/types/document.ts';
import type { Evidence, UnattributedChange } from '../../src/types/evidence.ts';
import { lineKey } from '../../src/types/record-key.ts';
import { at, change, edit, evidence, note, task } from './attribution-evidence.ts';

/** An operation of a script: who does what to which guest. Values come from a small set, so that some change nothing. */
export interface ScriptStep {
  by: string;
  vmid: number;
  action:
    | { do: 'set'; values: Readonly<Record<string, number>> }
    /** An editor on the file: no record tells. */
    | { do: 'hand'; values: Readonly<Record<string, number>> }
    /** A whole key: `net0`. */
    | { do: 'delete'; key: string }
    | { do: 'power'; to: 'running' | 'stopped' }
    | { do: 'migrate'; to: string }
    | { do: 'snapshot'; name: string }
    | { do: 'rollback'; name: string }
    | { do: 'resize' }
    | { do: 'destroy' }
    | { do: 'create' }
    | { do: 'clone'; source: number };
  /** Recorded as failed: nothing happens. */
  fails: boolean;
  /** Time since the step before; several seconds unless told otherwise. */
  gapMs?: number;
}

interface Machine {
  /** Which of the guests that had this vmid. */
  serial: number;
  ctime: number;
  document: Map<string, Value>;
  /** Who made each value what it is, since the last look; nobody that could be named: an empty text. */
  makers: Map<string, string>;
  /** How often it was rolled back: each time it gets another vmgenid. */
  generation: number;
  rolledBackTo: string | null;
  maker: string | null;
  snapshots: ReadonlyMap<string, ReadonlyMap<string, Value>>;
}

/** Marks in the ledger of who may be named: `100.memory`, `created`, `removed`. */
export type Ledger = ReadonlyMap<string, string>;

export interface Outcome {
  changes: UnattributedChange[];
  evidence: Evidence;
  /** By resource and path. */
  truth: Ledger;
  /** All who wrote a value since the last look, by resource, path and value. */
  writers: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ScriptOptions {
  /** Whether the virtual machines have a vmgenid, by which a rollback shows. */
  hasVmgenid?: boolean;
  /** Whether the configuration of the snapshot of the last rollback was read. */
  hasSnapshots?: boolean;
}

export const VMIDS = [100, 101, 102, 103] as const;
const START_MS = 101_000;
const GAP_MS = 3_000;

/** The configuration of the snapshot that it was rolled back to last. */
function rolledBack({ rolledBackTo: snapshot, snapshots }: Machine) {
  if (snapshot === null) return {};
  const saved = snapshots.get(snapshot) ?? [];
  const fields = [...saved].filter(([path]) => path !== 'parent' && path !== 'status' && path !== 'node');
  return { rolledBack: { snapshot, fields: Object.fromEntries(fields) } };
}

/** A cluster that does what a script says, and leaves the tasks and log lines that a server leaves. */
export class ScriptedCluster {
  readonly #kind: 'qemu' | 'lxc';
  readonly #machines = new Map<number, Machine>();
  readonly #before = new Map<number, Machine>();
  readonly #removedBy = new Map<number, string>();
  readonly #left: (Task | LogEntry)[] = [];
  readonly #writers = new Map<string, Set<string>>();
  readonly #options: ScriptOptions;
  #nowMs = START_MS;
  #lookedMs = 100_000;
  /** How many records there were then. */
  #readCount = 0;
  #serial = 0;

  constructor(kind: 'qemu' | 'lxc', options: ScriptOptions = {}) {
    this.#kind = kind;
    this.#options = options;
    for (const vmid of VMIDS.slice(0, 3)) this.#machines.set(vmid, this.#newMachine(null, vmid - 50));
    this.#remember();
  }

  /** A sync that sees everything and reads all records, so many milliseconds after the last step. */
  look(afterMs: number): void {
    this.#nowMs += afterMs;
    this.#lookedMs = this.#nowMs;
    this.#readCount = this.#left.length;
    this.#removedBy.clear();
    this.#writers.clear();
    this.#remember();
  }

  #remember(): void {
    this.#before.clear();
    for (const [vmid, machine] of this.#machines) {
      machine.makers = new Map();
      this.#before.set(vmid, { ...machine, document: new Map(machine.document), makers: new Map() });
    }
  }

  get #now(): number {
    return Math.floor(this.#nowMs / 1000);
  }

  #newMachine(maker: string | null, ctimeS: number): Machine {
    this.#serial += 1;
    const document = new Map<string, Value>([
      ['status', 'stopped'],
      ['node', 'pve1'],
      ['memory', 512],
      ['scsi0.size', 1],
    ]);
    return {
      serial: this.#serial,
      ctime: ctimeS,
      document,
      makers: new Map(),
      maker,
      generation: 0,
      rolledBackTo: null,
      snapshots: new Map(),
    };
  }

  run(script: readonly ScriptStep[]): void {
    for (const step of script) {
      this.#nowMs += step.gapMs ?? GAP_MS;
      this.#do(step);
    }
  }

  #type(name: string): string {
    if (this.#kind === 'qemu') return name === 'migrate' ? 'qmigrate' : `qm${name}`;
    return `vz${name}`;
  }

  #task(type: string, vmid: number, { by, fails }: ScriptStep): void {
    const machine = this.#machines.get(vmid);
    const node = String(machine?.document.get('node') ?? 'pve1');
    this.#left.push(task(`${type} ${vmid}`, by, this.#now, this.#now, { node, state: fails ? 'failed' : 'ok' }));
  }

  #write(machine: Machine, path: string, value: Value | null, by: string): void {
    const key = `${machine.serial} ${path} ${String(value)}`;
    this.#writers.set(key, (this.#writers.get(key) ?? new Set()).add(by));
    if (machine.document.get(path) === (value ?? undefined)) return;
    if (value === null) machine.document.delete(path);
    else machine.document.set(path, value);
    machine.makers.set(path, by);
  }

  #do(step: ScriptStep): void {
    const machine = this.#machines.get(step.vmid);
    const { action, vmid } = step;
    if (action.do === 'create' || action.do === 'clone') this.#make(step);
    else if (machine === undefined) this.#task(this.#type('start'), vmid, { ...step, fails: true });
    else if (action.do === 'hand') {
      for (const [path, value] of Object.entries(action.values)) this.#write(machine, path, value, '');
    } else if (action.do === 'set' || action.do === 'delete') this.#edit(machine, step);
    else this.#operate(machine, step);
  }

  #make(step: ScriptStep): void {
    const { action, vmid, by } = step;
    const source = action.do === 'clone' ? this.#machines.get(action.source) : undefined;
    const isImpossible = this.#machines.has(vmid) || (action.do === 'clone' && source === undefined);
    const fails = step.fails || isImpossible;
    this.#task(this.#type(action.do), action.do === 'clone' ? action.source : vmid, { ...step, fails });
    if (!fails) this.#machines.set(vmid, this.#newMachine(by, source?.ctime ?? this.#now + 1));
  }

  #edit(machine: Machine, { action, vmid, by, fails }: ScriptStep): void {
    const set = action.do === 'set' ? action.values : {};
    const deleted = action.do === 'delete' ? [action.key] : [];
    // A locked guest, a wrong digest, a missing right: refused before anything is logged.
    if (fails) return;
    if (this.#kind === 'qemu') this.#left.push(edit(vmid, by, this.#now, { set, deleted }));
    for (const [path, value] of Object.entries(set)) this.#write(machine, path, value, by);
    for (const path of machine.document.keys()) {
      if (deleted.includes(path.split('.')[0] ?? path)) this.#write(machine, path, null, by);
    }
  }

  #operate(machine: Machine, step: ScriptStep): void {
    const { action, vmid, by } = step;
    const status = machine.document.get('status');
    const node = machine.document.get('node');
    if (action.do === 'power') {
      // A second start fails, a second stop of a virtual machine does not.
      const isRefused = action.to === status && (action.to === 'running' || this.#kind === 'lxc');
      const outcome = { ...step, fails: step.fails || isRefused };
      this.#task(this.#type(action.to === 'running' ? 'start' : 'stop'), vmid, outcome);
      if (!outcome.fails) this.#write(machine, 'status', action.to, by);
    } else if (action.do === 'migrate') {
      const outcome = { ...step, fails: step.fails || action.to === node };
      this.#task(this.#type('migrate'), vmid, outcome);
      if (!outcome.fails) this.#write(machine, 'node', action.to, by);
    } else if (action.do === 'snapshot') {
      const outcome = { ...step, fails: step.fails || machine.snapshots.has(action.name) };
      this.#task(this.#type('snapshot'), vmid, outcome);
      if (outcome.fails) return;
      this.#left.push(note(`snapshot VM ${vmid}: ${action.name}`, by, this.#now));
      this.#write(machine, 'parent', action.name, by);
      machine.snapshots = new Map([...machine.snapshots, [action.name, new Map(machine.document)]]);
    } else if (action.do === 'rollback') {
      this.#rollBack(machine, step);
    } else if (action.do === 'resize') {
      this.#task('resize', vmid, step);
      if (!step.fails) this.#write(machine, 'scsi0.size', Number(machine.document.get('scsi0.size')) + 1, by);
    } else if (action.do === 'destroy') {
      this.#task(this.#type('destroy'), vmid, step);
      if (step.fails) return;
      if (this.#before.get(vmid)?.serial === machine.serial) this.#removedBy.set(vmid, by);
      this.#machines.delete(vmid);
    }
  }

  #rollBack(machine: Machine, step: ScriptStep): void {
    const { vmid, by, action } = step;
    const name = action.do === 'rollback' ? action.name : '';
    const snapshot = machine.snapshots.get(name);
    const outcome = { ...step, fails: step.fails || snapshot === undefined };
    this.#task(this.#type('rollback'), vmid, outcome);
    if (outcome.fails || snapshot === undefined) return;
    this.#left.push(note(`rollback snapshot VM ${vmid}: ${name}`, by, this.#now));
    machine.generation += 1;
    machine.rolledBackTo = name;
    for (const path of new Set([...snapshot.keys(), ...machine.document.keys(), ...machine.makers.keys()])) {
      if (path === 'node') continue;
      this.#write(machine, path, snapshot.get(path) ?? null, by);
      // A rollback writes the whole configuration, also what it finds as it should be.
      if (path !== 'parent' && path !== 'status') machine.makers.set(path, by);
    }
  }

  /** What a sync before and one after the script would find changed, and who really made it so. */
  outcome(): Outcome {
    const truth = new Map<string, string>();
    const changes: UnattributedChange[] = [];
    for (const vmid of VMIDS) {
      const [before, now] = [this.#before.get(vmid), this.#machines.get(vmid)];
      const isSame = before !== undefined && before.serial === now?.serial;
      if (before !== undefined && !isSame) {
        changes.push(this.#change(vmid, before, 'removed', [['memory', 512, null]]));
        truth.set(`${vmid}#${before.serial} removed`, this.#removedBy.get(vmid) ?? '');
      }
      if (now !== undefined && !isSame) {
        changes.push(this.#change(vmid, now, 'created', [['memory', null, 512]]));
        truth.set(`${vmid}#${now.serial} created`, now.maker ?? '');
      }
      if (before !== undefined && now !== undefined && isSame) this.#compare(vmid, before, now, changes, truth);
    }
    const sources = [...this.#before].map(([vmid, { ctime }]) => ({
      kind: this.#kind,
      vmid,
      identity: this.#identity(ctime),
      name: null,
    }));
    return { changes, truth, writers: this.#named(), evidence: { ...evidence(...this.#left), sources } };
  }

  /** The writers by the names of {@link Outcome.truth}. */
  #named(): Outcome['writers'] {
    const vmids = new Map([...this.#machines].map(([vmid, { serial }]) => [String(serial), vmid]));
    return new Map(
      Array.from(this.#writers, ([key, by]) => {
        const [serial = '', ...rest] = key.split(' ');
        return [`${vmids.get(serial)}#${serial} ${rest.join(' ')}`, by];
      }),
    );
  }

  /** What the sync at the last look has read. */
  earlier(): NonNullable<Evidence['earlier']> {
    const read = this.#left.slice(0, this.#readCount);
    return {
      refs: new Set(read.filter(isTask).map(({ ref }) => ref)),
      lines: new Set(read.filter(isLogEntry).map(lineKey)),
      linesSince: new Date(0),
      isLogWhole: true,
      wholeAt: at(this.#lookedMs / 1000),
      nodesWithoutTasks: new Set(),
    };
  }

  #identity(ctimeS: number): { ctime?: number } {
    return this.#kind === 'qemu' ? { ctime: 1_800_000_000 + ctimeS } : {};
  }

  #compare(
    vmid: number,
    before: Machine,
    now: Machine,
    changes: UnattributedChange[],
    truth: Map<string, string>,
  ): void {
    const patch: PatchEntry[] = [];
    for (const path of new Set([...before.document.keys(), ...now.document.keys()])) {
      const [old, value] = [before.document.get(path) ?? null, now.document.get(path) ?? null];
      if (old === value) continue;
      patch.push([path, old, value]);
      truth.set(`${vmid}#${now.serial} ${path}`, now.makers.get(path) ?? '');
    }
    if (patch.length > 0) changes.push(this.#change(vmid, now, 'changed', patch, before));
  }

  #change(
    vmid: number,
    machine: Machine,
    kind: UnattributedChange['kind'],
    patch: readonly PatchEntry[],
    before?: Machine,
  ): UnattributedChange {
    const identity = this.#identity(machine.ctime);
    const hasVmgenid = this.#options.hasVmgenid === true && this.#kind === 'qemu' && before !== undefined;
    const generation = before?.generation === machine.generation ? 'same' : 'new';
    const guest = {
      kind: this.#kind,
      vmid,
      identity,
      document: Object.fromEntries(machine.document),
      ...(hasVmgenid && ({ generation } as const)),
      ...(this.#options.hasSnapshots === true && rolledBack(machine)),
    };
    const given = change(patch, { kind, guest, notBefore: at(this.#lookedMs / 1000), notAfter: at(this.#now + 5) });
    return { ...given, resourceId: `${vmid}#${machine.serial}` };
  }
}
