import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import { planSync } from '../../src/services/sync/plan-sync.ts';
import type { PlanOptions } from '../../src/services/sync/run-context.ts';
import type { AbsenceProbe, Observation } from '../../src/types/observation.ts';
import type { KnownState, SyncPlan } from '../../src/types/plan.ts';
import type { SyncResult } from '../../src/types/sync-result.ts';
import { applyPlanToState, emptyState } from './sync-state.ts';

interface RunOptions {
  probes?: Record<number, AbsenceProbe>;
  acceptRemovals?: boolean;
}

/** A provider's runs one after another, in memory. */
export class SyncRuns {
  known: KnownState;
  readonly #prefix: string;
  /** The records that the history tells of. */
  readonly refs: Set<string>;
  #ids = 0;

  /** `prefix`: of the ids that are given, so that one history can be continued in several ways. */
  constructor(known: KnownState = emptyState(), prefix = 'id', refs: Iterable<string> = []) {
    this.refs = new Set(refs);
    this.known = known;
    this.#prefix = prefix;
  }

  plan(seen: Observation, options?: RunOptions) {
    return planSync(this.known, seen, this.optionsOf(seen, options));
  }

  optionsOf(seen: Observation, { probes = {}, acceptRemovals = false }: RunOptions = {}): PlanOptions {
    return {
      rules,
      runId: `run-${this.#ids}`,
      trigger: 'manual',
      acceptRemovals,
      probes: new Map(Object.entries(probes).map(([vmid, probe]) => [vmid, probe] as const)),
      recorded: { refs: this.refs, vagueVmids: new Set() },
      newId: () => `${this.#prefix}-${++this.#ids}`,
      finishedAt: seen.observedAt,
    };
  }

  run(seen: Observation, options?: RunOptions): { plan: SyncPlan; result: SyncResult } {
    const planned = this.plan(seen, options);
    for (const ref of refsOf(planned.plan)) this.refs.add(ref);
    this.known = applyPlanToState(this.known, planned.plan);
    return planned;
  }

  idOf(vmid: number): string | undefined {
    return this.known.guests.find((guest) => guest.vmid === vmid)?.id;
  }
}

/** The records that a plan's changes refer to, as a database tells them. */
export function refsOf({ changes }: SyncPlan): string[] {
  return changes.flatMap(({ attribution: { ref, source, effectiveAt } }) => {
    if (ref === null || source !== 'log') return ref ?? [];
    const [node, uid] = ref.split('/');
    return `${node}/${(effectiveAt?.getTime() ?? 0) / 1000}/${uid}`;
  });
}

/** The changes of a plan, short: `qemu/100 changed migrated node by admin@pve`. */
export function tell({ changes }: SyncPlan): string[] {
  return changes.map(({ resourceType, kind, event, patch, attribution }) =>
    [
      resourceType,
      kind,
      ...(event === null ? [] : [event]),
      ...(kind === 'changed' ? patch.map(([path, before, after]) => `${path}:${String(before)}→${String(after)}`) : []),
      ...(attribution.actor === null ? [] : [`by ${attribution.actor}`]),
    ].join(' '),
  );
}
