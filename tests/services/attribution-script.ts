import type { Evidence, UnattributedChange } from '../../src/services/attribution/evidence.ts';
import type { PatchEntry, Value } from '../../src/types/document.ts';
import type { LogEntry, Task } from '../../src/types/task.ts';
import { change, edit, evidence, note, task } from './attribution-evidence.ts';

/** An operation of a script: who does what to which guest. Values come from a small set, so that some change nothing. */
export interface ScriptStep {
  by: string;
  vmid: number;
  action:
    | { do: 'set'; values: Readonly<Record<string, number>> }
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
}

interface Machine {
  /** Which of the guests that had this vmid. */
  serial: number;
  ctime: number;
  document: Map<string, Value>;
  /** Who made each value what it is, since the script began. */
  makers: Map<string, string>;
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
}

export const VMIDS = [100, 101, 102, 103] as const;
const START = 101;

/** A cluster that does what a script says, and leaves the tasks and log lines that a server leaves. */
export class ScriptedCluster {
  readonly #kind: 'qemu' | 'lxc';
  readonly #machines = new Map<number, Machine>();
  readonly #before = new Map<number, Machine>();
  readonly #removedBy = new Map<number, string>();
  readonly #left: (Task | LogEntry)[] = [];
  #now = START;
  #serial = 0;

  constructor(kind: 'qemu' | 'lxc') {
    this.#kind = kind;
    for (const vmid of VMIDS.slice(0, 3)) this.#machines.set(vmid, this.#newMachine(null, vmid - 50));
    for (const [vmid, machine] of this.#machines) {
      this.#before.set(vmid, { ...machine, document: new Map(machine.document), makers: new Map() });
    }
  }

  #newMachine(maker: string | null, ctimeS: number): Machine {
    this.#serial += 1;
    const document = new Map<string, Value>([
      ['status', 'stopped'],
      ['node', 'pve1'],
      ['memory', 512],
      ['scsi0.size', 1],
    ]);
    return { serial: this.#serial, ctime: ctimeS, document, makers: new Map(), maker, snapshots: new Map() };
  }

  run(script: readonly ScriptStep[]): void {
    for (const step of script) {
      this.#now += 3;
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
    this.#left.push(task(`${type} ${vmid}`, by, this.#now, this.#now + 1, { node, state: fails ? 'failed' : 'ok' }));
  }

  #write(machine: Machine, path: string, value: Value | null, by: string): void {
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
    else if (action.do === 'set' || action.do === 'delete') this.#edit(machine, step);
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
    return { changes, truth, evidence: { ...evidence(...this.#left), sources } };
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
    if (patch.length > 0) changes.push(this.#change(vmid, now, 'changed', patch));
  }

  #change(
    vmid: number,
    machine: Machine,
    kind: UnattributedChange['kind'],
    patch: readonly PatchEntry[],
  ): UnattributedChange {
    const identity = this.#identity(machine.ctime);
    const given = change(patch, { kind, guest: { kind: this.#kind, vmid, identity } });
    return { ...given, resourceId: `${vmid}#${machine.serial}` };
  }
}
