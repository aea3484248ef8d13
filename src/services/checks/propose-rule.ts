import type { Value } from '../../types/document.ts';
import { sameValue, valueAt } from '../../types/document-replay.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Selectable, Selector } from '../../types/selector.ts';
import { subjectOf } from './evaluate.ts';
import type { Expectations, RuleText } from './expectation-schema.ts';
import { cardsOf, compileExpectations, haOf, isSet, memoryOf, tagsOf } from './expectations.ts';
import { isUnknown } from './judgement.ts';
import { type ReadFacts, whyUnobserved } from './observed.ts';
import { sizeText } from './value-text.ts';

/** Further fields that a rule takes up where all guests have the same value. */
const FIELDS = ['cores', 'protection', 'ostype'];

/**
 * A rule that every one of the guests meets now: what they have in common. What is not known of one of them is left out, and so are
 * tags without which it would not be selected. Pure.
 */
export function proposeRule(
  { name, select, selector }: { name: string; select: string; selector: Selector },
  guests: readonly Selectable[],
  facts: ReadFacts & { at: Date },
): RuleText {
  const rows = guests.map(({ guest }) => guest);
  const tags = commonTags(rows).filter((tag) => !isSelectedFor(tag, guests, selector));
  const proposed: Expectations = {
    ...(tags.length > 0 && { tags }),
    ...memoryRange(rows, facts),
    ...common('onboot', rows, ({ document }) => isSet(document, 'onboot')),
    ...bridges(rows),
    ...common('agent', rows, ({ document }) => isSet(document, 'agent.enabled')),
    ...common('ha', rows, ({ document }) => toHa(haOf(document))),
    ...commonFields(rows),
  };
  return { name, select, expect: Object.fromEntries(holding(proposed, rows, facts)) };
}

/** Only what every guest is known to meet. */
function holding(proposed: Expectations, rows: readonly GuestRow[], facts: ReadFacts & { at: Date }) {
  return Object.entries(proposed).filter(([key, value]) =>
    compileExpectations({ [key]: value }).every((expectation) =>
      rows.every((guest) => {
        if (whyUnobserved(guest, expectation.section, facts) !== null) return false;
        const judgement = expectation.judge(subjectOf(guest, facts), facts.at);
        return !isUnknown(judgement) && judgement.length === 0;
      }),
    ),
  );
}

function common<Key extends keyof Expectations>(
  key: Key,
  rows: readonly GuestRow[],
  of: (row: GuestRow) => Expectations[Key],
): Partial<Pick<Expectations, Key>> {
  const [first, ...others] = rows.map(of);
  const found: Partial<Pick<Expectations, Key>> = {};
  if (first !== undefined && others.every((other) => other === first)) found[key] = first;
  return found;
}

function toHa(state: string): Expectations['ha'] {
  return state === 'none' ? false : state === 'started' || state === 'stopped' ? state : true;
}

function commonTags(rows: readonly GuestRow[]): string[] {
  const [first, ...others] = rows.map(({ document }) => tagsOf(document));
  return (first ?? []).filter((tag) => others.every((tags) => tags.includes(tag)));
}

/** Whether a guest would not be selected without the tag, so that nothing is said by expecting it. */
function isSelectedFor(tag: string, guests: readonly Selectable[], selector: Selector): boolean {
  return guests.some(({ guest, changedAt }) => {
    const without = { ...guest, tags: guest.tags.filter((one) => one !== tag) };
    return !selector.matches({ guest: without, changedAt });
  });
}

function memoryRange(rows: readonly GuestRow[], facts: ReadFacts): Pick<Expectations, 'memory'> {
  const sizes = rows.map((row) => memoryOf(subjectOf(row, facts)));
  const known = sizes.filter((size) => size !== null);
  if (known.length === 0 || known.length < sizes.length) return {};
  const [min, max] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  if (!Number.isFinite(min)) return {};
  if (!Number.isFinite(max)) return { memory: { min: sizeText(min) } };
  return { memory: min === max ? sizeText(min) : { min: sizeText(min), max: sizeText(max) } };
}

function bridges(rows: readonly GuestRow[]): Pick<Expectations, 'bridge'> {
  const found = new Set(rows.flatMap(({ document }) => cardsOf(document).flatMap(({ bridge }) => bridge ?? [])));
  const [only] = found;
  if (only === undefined) return {};
  return { bridge: found.size === 1 ? only : [...found].toSorted() };
}

function commonFields(rows: readonly GuestRow[]): Pick<Expectations, 'config'> {
  const config: Record<string, string | number | boolean | string[]> = {};
  for (const path of FIELDS) {
    const [first = null, ...others] = rows.map(({ document }) => valueAt(document, path));
    if (first !== null && others.every((other) => sameValue(other, first))) config[path] = toPlain(first);
  }
  return Object.keys(config).length === 0 ? {} : { config };
}

function toPlain(value: Value): string | number | boolean | string[] {
  return typeof value === 'object' ? [...value] : value;
}
