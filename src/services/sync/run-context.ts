import type { ProviderRules } from '../../providers/rules.ts';
import type { AbsenceProbe, Observation } from '../../types/observation.ts';
import type { KnownState, RunTrigger } from '../../types/plan.ts';
import type { RunFacts, StepOptions } from '../../types/run-facts.ts';

export interface PlanOptions extends StepOptions {
  /** Of the provider that was observed. */
  rules: ProviderRules;
  runId: string;
  trigger: RunTrigger;
  acceptRemovals: boolean;
  /** By vmid, for guests that are missing from the listing. */
  probes: ReadonlyMap<number, AbsenceProbe>;
  /** By name, for storages that are missing from the listing. */
  storageProbes?: ReadonlyMap<string, AbsenceProbe>;
  finishedAt: Date;
}

/** Everything that the parts of a plan are decided from. */
export interface RunContext extends RunFacts {
  options: PlanOptions;
}

export function toRunContext(known: KnownState, seen: Observation, options: PlanOptions): RunContext {
  return { ...options.rules.toFacts(known, seen, options.finishedAt), options };
}
