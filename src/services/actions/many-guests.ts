import type { GuestPlan } from '../../types/action.ts';

/** Of the running guests of a provider: more are asked for twice. */
const MANY = 0.2;

export interface ManyGuests {
  provider: string;
  /** Running guests of it that the plan is about, and all that run. */
  own: number;
  all: number;
}

/** The first provider of which the plan is about many running guests; null: of none. `runningOf`: how many of a provider run. */
export async function findMany(
  guests: readonly Pick<GuestPlan, 'subject' | 'isRunning' | 'calls'>[],
  runningOf: (provider: string) => Promise<number>,
): Promise<ManyGuests | null> {
  const counts = new Map<string, number>();
  for (const { subject, isRunning, calls } of guests) {
    if (isRunning && calls.length > 0) counts.set(subject.providerName, (counts.get(subject.providerName) ?? 0) + 1);
  }
  for (const [provider, own] of counts) {
    const all = own > 1 ? await runningOf(provider) : own;
    if (own > 1 && own > all * MANY) return { provider, own, all };
  }
  return null;
}
