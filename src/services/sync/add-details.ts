import type { Provider } from '../../providers/provider.ts';
import type { ProviderRules } from '../../providers/rules.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { Observation } from '../../types/observation.ts';
import type { KnownState } from '../../types/plan.ts';

interface Deps {
  provider: Pick<Provider, 'readDetails'>;
  rules: Pick<ProviderRules, 'detailQuestions' | 'withDetails'>;
  maskKey: MaskKey | null;
}

/** Makes the extra calls that the run needs. Most runs need none. */
export async function addDetails(
  { provider, rules, maskKey }: Deps,
  known: KnownState,
  seen: Observation,
  signal: AbortSignal,
): Promise<Observation> {
  const questions = rules.detailQuestions(known, seen);
  const isNothing = questions.snapshots.length === 0 && questions.clones.length === 0;
  if (isNothing || provider.readDetails === undefined) return seen;
  return rules.withDetails(seen, await provider.readDetails(questions, { maskKey, signal }));
}
