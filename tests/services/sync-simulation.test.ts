import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { absentCandidates } from '../../src/services/sync/plan-guests.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { SyncPlan } from '../../src/types/plan.ts';
import { type Faults, type Machine, NO_FAULTS, SimulatedCluster } from '../helpers/simulated-cluster.ts';
import { SyncRuns } from '../helpers/sync-run.ts';

const STEPS = Number(process.env['ROLLCALL_STEPS'] ?? 400);

/** Follows the guests of the inventory and the machines that they stand for. */
class Ledger {
  readonly #cluster: SimulatedCluster;
  /** By guest id. */
  readonly #machines = new Map<string, Machine>();
  readonly #removed = new Set<string>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  record({ changes, guests }: SyncPlan, seen: Observation): void {
    for (const { resourceType, resourceId, kind } of changes) {
      if (resourceType !== 'guest') continue;
      if (kind === 'created') this.#create(resourceId, guests, seen);
      if (kind === 'removed') this.#remove(resourceId);
    }
  }

  #create(id: string, guests: SyncPlan['guests'], seen: Observation): void {
    const vmid = guests.find((guest) => guest.id === id)?.vmid;
    const machine = this.#cluster.alive.find((one) => one.vmid === vmid);
    if (machine === undefined || !seen.guests.some((guest) => guest.vmid === vmid)) {
      throw new Error(`${id} was created, and there is no machine ${vmid}`);
    }
    const current = [...this.#machines].find(([other, one]) => one === machine && !this.#removed.has(other));
    if (current !== undefined) throw new Error(`machine ${vmid} is ${current[0]} and ${id}`);
    this.#machines.set(id, machine);
  }

  #remove(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || this.#removed.has(id)) throw new Error(`${id} was removed twice, or never there`);
    const removals = [...this.#removed].filter((other) => this.#machines.get(other) === machine).length;
    if (machine.isAlive && removals >= machine.returns) {
      throw new Error(`${id} was removed, and machine ${machine.vmid} is there`);
    }
    this.#removed.add(id);
  }

  /** Machines by the ids that the inventory has for them now. */
  currentOf(): [string, Machine][] {
    return [...this.#machines].filter(([id]) => !this.#removed.has(id));
  }
}

function runOnce(runs: SyncRuns, cluster: SimulatedCluster, minutes: number, faults: Faults) {
  const seen = cluster.observe(minutes, faults);
  const ask = cluster.probe(faults);
  const probes = Object.fromEntries(
    absentCandidates(runs.known, seen, rules).map(({ nativeId }) => [nativeId, ask(Number(nativeId))]),
  );
  const before = new Map(runs.known.guests.map((guest) => [guest.id, guest]));
  const { plan, result } = runs.run(seen, { probes, acceptRemovals: faults === NO_FAULTS });
  for (const { id, presence, document } of runs.known.guests) {
    const was = before.get(id);
    if (presence === 'unobservable' && was !== undefined && was.document !== document) {
      expect(document).toEqual(was.document);
    }
  }
  return { plan, result, seen };
}

describe('thousands of runs through faults', () => {
  it.each([1, 2, 3])(
    'remove nothing falsely, clear nothing, and find every change once (seed %i)',
    (seed) => {
      const cluster = new SimulatedCluster(seed);
      const runs = new SyncRuns();
      const ledger = new Ledger(cluster);
      let minutes = 0;
      for (let step = 0; step < STEPS; step++) {
        minutes += 10;
        const acts = Array.from({ length: cluster.pick([0, 0, 1, 1, 2, 3]) }, (_, index) =>
          cluster.act(minutes - 8 + 2 * index),
        );
        const isClear = cluster.chance(0.2);
        try {
          const { plan, seen } = runOnce(runs, cluster, minutes, isClear ? NO_FAULTS : cluster.randomFaults());
          ledger.record(plan, seen);
          if (!isClear) continue;
          expectTruth(runs, cluster, ledger);
          const again = runOnce(runs, cluster, minutes + 1, NO_FAULTS);
          expect(again.plan).toMatchObject({ changes: [], guests: [], held: null });
          expect(again.result).toMatchObject({ outcome: 'complete', warnings: [] });
        } catch (error) {
          throw new Error(`seed ${seed}, step ${step} (${acts.join(', ')})`, { cause: error });
        }
      }
    },
    60_000,
  );
});

/** After a run that saw everything, the inventory is the cluster. */
function expectTruth(runs: SyncRuns, cluster: SimulatedCluster, ledger: Ledger): void {
  const truth = new Map(cluster.alive.map((machine) => [machine.serial, machine.document]));
  const told = new Map<number, unknown>();
  const documents = new Map(runs.known.guests.map((guest) => [guest.id, guest.document]));
  for (const [id, machine] of ledger.currentOf()) told.set(machine.serial, documents.get(id));
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(truth));
  expect(runs.known.guests).toHaveLength(truth.size);
  expect(runs.known.guests.filter(({ presence }) => presence !== 'present')).toEqual([]);
}
