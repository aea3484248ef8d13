import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import type { GuestPlan, PlannedCall } from '../../types/action.ts';

/**
 * What is different between the plan that was confirmed and the one that is made now, in words; empty: nothing is. What only says
 * how long ago something was does not count.
 */
export function planDifferences(before: GuestPlan, now: GuestPlan): string[] {
  return [
    ...subjectDifferences(before, now),
    ...checkDifferences(before, now),
    ...callDifferences(before.calls, now.calls),
    ...riskDifferences(before, now),
  ];
}

const SUBJECT = ['providerId', 'guestId', 'kind', 'vmid', 'name', 'node'] as const;

function subjectDifferences(before: GuestPlan, now: GuestPlan): string[] {
  const fields = SUBJECT.flatMap((field) => {
    const [was, is] = [before.subject[field], now.subject[field]];
    return was === is ? [] : [`its ${field} was ${was ?? 'none'}, and is ${is ?? 'none'}`];
  });
  const [was, is] = [before.subject.identity, now.subject.identity];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const parts = keys.filter((key) => canonicalJson(Reflect.get(was, key)) !== canonicalJson(Reflect.get(is, key)));
  const identity = parts.length === 0 ? [] : [`it is not as it was: ${parts.join(', ')} changed`];
  const lock = before.lockVmid === now.lockVmid ? [] : [`the vmid was ${before.lockVmid}, and is ${now.lockVmid}`];
  return [...fields, ...identity, ...lock];
}

function checkDifferences(before: GuestPlan, now: GuestPlan): string[] {
  const refused = now.checks.filter(({ ok }) => !ok).map(({ text }) => text);
  if (refused.length > 0) return refused;
  return before.checks.some(({ ok }) => !ok) ? ['what refused it does not any more'] : [];
}

function callDifferences(before: readonly PlannedCall[], now: readonly PlannedCall[]): string[] {
  if (canonicalJson(before) === canonicalJson(now)) return [];
  const [was, is] = [before.map(({ words }) => words).join(', '), now.map(({ words }) => words).join(', ')];
  if (was !== is) return [`the calls were ${was || 'none'}, and are ${is || 'none'}`];
  const hasOtherFile = before.some(
    ({ parameters }, index) => parameters['digest'] !== now[index]?.parameters['digest'],
  );
  return [hasOtherFile ? 'its configuration was changed meanwhile' : 'the parameters of the calls are not the same'];
}

function riskDifferences(before: GuestPlan, now: GuestPlan): string[] {
  const known = new Set(before.risks.map(({ kind }) => kind));
  return now.risks.filter(({ kind }) => !known.has(kind)).map(({ text }) => `a new risk: ${text}`);
}

/** Why it is not the guest any more that was meant; empty: it is. */
export function incarnationDoubts({ checks }: GuestPlan): string[] {
  return checks.filter(({ name, ok }) => name === 'incarnation' && !ok).map(({ text }) => text);
}
