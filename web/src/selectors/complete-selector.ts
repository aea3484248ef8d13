import { FIELD_WORDS, lastTerm, operatorOf, selectorText } from '../../../src/cli/completion/selector-term.ts';
import type { FeedState } from '../../../src/client/feed-state.ts';
import { SELECTOR_FIELDS } from '../../../src/services/selectors/selector-fields.ts';

export interface Completion {
  /** The whole text, completed. */
  value: string;
  /** The part that is new, for the list. */
  label: string;
  about: string;
}

const MOST = 12;

/** What may stand at the end of a selector: fields, values of the inventory, names of guests. */
export function completeSelector(text: string, state: FeedState | null): Completion[] {
  const last = lastTerm(text);
  if (last === null) return [];
  const { head, term, name, operator, value } = last;
  if (name !== '') return valuesOf(name.toLowerCase(), state, value).map(offer(`${head}${name}${operator}`));
  const fields = SELECTOR_FIELDS.filter((field) => field.name.startsWith(term.toLowerCase())).map((field) => {
    const label = `${field.name}${operatorOf(field)}`;
    return { value: head + label, label, about: field.about };
  });
  const names = term === '' ? [] : valuesOf('name', state, term).map(offer(head));
  return [...fields, ...names].slice(0, MOST);
}

function offer(before: string): (value: string) => Completion {
  return (value) => ({ value: before + selectorText(value), label: value, about: '' });
}

function valuesOf(field: string, state: FeedState | null, typed: string): string[] {
  const wanted = typed.replace(/^"/, '').toLowerCase();
  const found = new Set<string>();
  for (const value of candidates(field, state)) {
    if (value.toLowerCase().startsWith(wanted)) found.add(value);
    if (found.size >= MOST) break;
  }
  return [...found];
}

function* candidates(field: string, state: FeedState | null): Generator<string> {
  yield* FIELD_WORDS[field] ?? [];
  if (state === null) return;
  if (field === 'provider') yield* state.providers.map((one) => one.name);
  if (field === 'node') yield* state.nodes.map((one) => one.name);
  if (field === 'disk.storage') yield* state.storages.map((one) => one.name);
  for (const host of state.hosts) {
    if (field === 'name' && host.name !== undefined) yield host.name;
    if (field === 'tag') yield* host.tags;
    if (field === 'pool' && host.pool !== undefined) yield host.pool;
    if (field === 'lock' && host.lock !== undefined) yield host.lock;
    if (field === 'os' && host.osType !== undefined) yield host.osType;
  }
}
