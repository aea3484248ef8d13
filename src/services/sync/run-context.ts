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
  /** For guests that are missing from the listing, by native id. */
  probes: ReadonlyMap<string, AbsenceProbe>;
  /** For storages that are missing from the listing, by name. */
  storageProbes?: ReadonlyMap<string, AbsenceProbe>;
  finishedAt: Date;
}

/** The input for every part of a plan. */
export interface RunContext extends RunFacts {
  options: PlanOptions;
}

export function toRunContext(known: KnownState, seen: Observation, options: PlanOptions): RunContext {
  const facts = options.rules.toFacts(known, seen, options.finishedAt);
  if (options.calls === undefined) return { ...facts, options };
  return { ...facts, evidence: { ...facts.evidence, calls: options.calls }, options };
}
