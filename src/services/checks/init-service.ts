import { AppError } from '../../types/errors.ts';
import type { Filter } from '../../types/inventory.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';
import type { CheckService } from './check-service.ts';
import type { RuleText } from './expectation-schema.ts';
import { proposeRule } from './propose-rule.ts';

/** What `expect init` found in the inventory. */
export interface Proposal {
  rules: readonly RuleText[];
  /** Guests that the rules are made from. */
  guests: number;
}

/**
 * A rule for each selector, of what the guests that it selects have in common now. Throws AppError('usage') for a wrong selector, and
 * AppError('not-found') for one that selects nothing, or guests that have nothing in common.
 */
export async function proposeRules(
  checks: Pick<CheckService, 'candidates' | 'readFacts'>,
  { selects, now, provider }: { selects: readonly string[]; now: Date; provider?: Filter },
): Promise<Proposal> {
  const compiled = selects.map((select) => ({ select, selector: parseSelectors([select], now) }));
  const fields = new Set(compiled.flatMap(({ selector }) => [...selector.fields]));
  const query = { now, ...(provider !== undefined && { provider }) };
  const candidates = await checks.candidates(fields, query);
  const { facts } = await checks.readFacts(query);
  const rules: RuleText[] = [];
  const guests = new Set<string>();
  for (const { select, selector } of compiled) {
    const selected = candidates.filter((candidate) => selector.matches(candidate));
    for (const { guest } of selected) guests.add(guest.id);
    // What cannot be observed says nothing of how it shall be.
    const known = selected.filter(({ guest }) => guest.presence === 'present');
    if (known.length === 0) throw nobody(select, selected.length);
    const name = nameOf(select, rules);
    const rule = proposeRule({ name, select, selector }, known, { ...facts, at: now });
    if (Object.keys(rule.expect).length === 0) throw nothingInCommon(select);
    rules.push(rule);
  }
  return { rules, guests: guests.size };
}

/** The selector itself, which is unique unless it is given twice. */
function nameOf(select: string, rules: readonly RuleText[]): string {
  const isTaken = rules.some(({ name }) => name === select);
  return isTaken ? `${select} (${rules.length + 1})` : select;
}

function nobody(select: string, unobservable: number): AppError {
  const reason = unobservable === 0 ? 'selects no guest' : 'selects only guests that cannot be observed';
  return new AppError('not-found', `\`${select}\` ${reason}`, {
    hint: '`list-guests` shows guests, and takes the same selectors.',
  });
}

function nothingInCommon(select: string): AppError {
  return new AppError('not-found', `The guests of \`${select}\` have nothing in common that could be expected`, {
    hint: 'select fewer of them, or those of one kind: kind=vm',
  });
}
