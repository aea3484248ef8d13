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
const WORDS: Readonly<Record<string, readonly string[]>> = {
  kind: ['vm', 'container'],
  status: ['running', 'stopped', 'suspended', 'unknown'],
  presence: ['present', 'unobservable', 'gone'],
  template: ['yes', 'no'],
  backup: ['yes', 'no'],
  ip: ['public', 'private'],
};

/** What may stand at the end of a selector: fields, values of the inventory, names of guests. */
export function completeSelector(text: string, state: FeedState | null): Completion[] {
  const start = termStart(text);
  if (start === null) return [];
  const [head, term] = [text.slice(0, start), text.slice(start)];
  const [, name = '', operator = '', value = ''] = /^([\w.*-]+)(!=|>=|<=|==|=|>|<)(.*)$/s.exec(term) ?? [];
  if (name !== '') return valuesOf(name.toLowerCase(), state, value).map(offer(`${head}${name}${operator}`));
  const fields = SELECTOR_FIELDS.filter((field) => field.name.startsWith(term.toLowerCase())).map((field) => {
    const label = `${field.name}${/^[\w.]+(!=|>=|<=|=|>|<)/.exec(field.example)?.[1]?.replace('!', '') ?? '='}`;
    return { value: head + label, label, about: field.about };
  });
  const names = term === '' ? [] : valuesOf('name', state, term).map(offer(head));
  return [...fields, ...names].slice(0, MOST);
}

function offer(before: string): (value: string) => Completion {
  return (value) => ({ value: before + quoted(value), label: value, about: '' });
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
  yield* WORDS[field] ?? [];
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

/** Where the last term begins; null inside a closed quotation. */
function termStart(text: string): number | null {
  let start = 0;
  let mark = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (mark !== '') {
      if (character === '\\') at += 1;
      else if (character === mark) mark = '';
    } else if (character === '"' || character === "'") mark = character;
    else if (/[,(\s]/.test(character) || (character === '!' && text[at + 1] !== '=' && at === start)) start = at + 1;
  }
  return mark === "'" ? null : start;
}

function quoted(value: string): string {
  return /[,()\s"'!=<>]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}
