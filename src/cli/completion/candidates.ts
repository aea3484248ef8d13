import type { PartialCall } from '../../app/api-words.ts';
import type { LiveName, LiveQuery } from '../../types/live-names.ts';
import { callAt } from './call-at.ts';
import { lastTerm, selectorText } from './selector-term.ts';
import type { CommandNode, CompletionTree, Offer, OptionNode } from './tree.ts';

/** What a shell may put in place of the word at the cursor. */
export interface Candidate {
  value: string;
  about: string;
  /** Whether the word goes on after it: no space follows. */
  isPartial: boolean;
}

/** What the word at the cursor may be; names of the inventory are still to be asked for. */
export interface Wanted {
  fixed: readonly Candidate[];
  live: LiveQuery | null;
  /** What of the word stays before a live name, and how the name is written there. */
  before: string;
  isSelectorValue: boolean;
  isFile: boolean;
  /** A call of the API, whose words are still to be asked for. */
  call: PartialCall | null;
  /** The value of `--db`, if the line has one. */
  db: string | undefined;
}

interface Place {
  command: CommandNode;
  /** Those of the command, and of the whole program. */
  options: readonly OptionNode[];
  /** The option whose value comes next. */
  pending: OptionNode | null;
  /** Arguments before the cursor. */
  given: string[];
  /** Options before the cursor. */
  flags: string[];
  isAfterDashes: boolean;
  db: string | undefined;
}

const NOTHING = { fixed: [], live: null, before: '', isSelectorValue: false, isFile: false, call: null };

/** Decides from the words before the cursor, without the name of the program, and the beginning of the word at it. */
export function wantedAt({ root, fields }: CompletionTree, words: readonly string[], current: string): Wanted {
  const place = placeAfter(root, words);
  const { command, options, pending, db } = place;
  const offerOf = (offer: Offer | null, rest: string, before: string, isList: boolean): Wanted => ({
    ...wantedOf({ offer, fields, columns: command.columns, place }, rest, before, isList),
    db,
  });
  if (pending !== null && !(pending.value !== 'required' && current.startsWith('-'))) {
    return offerOf(pending.offer, current, '', pending.isList);
  }
  if (!place.isAfterDashes && current.startsWith('-')) {
    const [, flag = '', rest = ''] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
    const option = options.find(({ flags }) => flags.includes(flag));
    if (option !== undefined) return offerOf(option.offer, rest, `${flag}=`, option.isList);
    return { ...NOTHING, fixed: optionCandidates(options, current), db };
  }
  if (place.given.length === 0 && command.commands.length > 0) {
    const fixed = command.commands.map(({ name, about }) => ({ value: name, about, isPartial: false }));
    return { ...NOTHING, fixed: fixed.filter(({ value }) => value.startsWith(current)), db };
  }
  const last = command.isVariadic ? command.arguments.at(-1) : null;
  return offerOf(command.arguments[place.given.length] ?? last ?? null, current, '', false);
}

function optionCandidates(options: readonly OptionNode[], current: string): Candidate[] {
  return options
    .flatMap(({ flags, about }) => flags.map((value) => ({ value, about, isPartial: false })))
    .filter(({ value }) => value.startsWith(current) && (value.startsWith('--') || current === value));
}

function placeAfter(root: CommandNode, words: readonly string[]): Place {
  const place: Place = {
    command: root,
    options: root.options,
    pending: null,
    given: [],
    flags: [],
    isAfterDashes: false,
    db: undefined,
  };
  for (const word of words) {
    const { pending } = place;
    if (pending !== null && (pending.value === 'required' || !word.startsWith('-'))) {
      if (pending.flags.includes('--db')) place.db = word;
      if (pending.value !== 'many') place.pending = null;
      continue;
    }
    place.pending = null;
    if (!place.isAfterDashes && word.startsWith('-') && word !== '-') takeOption(place, word);
    else takeArgument(place, root, word);
  }
  return place;
}

function takeOption(place: Place, word: string): void {
  if (word === '--') {
    place.isAfterDashes = true;
    return;
  }
  if (word.startsWith('--db=')) place.db = word.slice('--db='.length);
  // `-ojson` has its value already, as `--output=json` has.
  const option = place.options.find(({ flags }) => flags.includes(word));
  place.flags.push(word.replace(/=.*$/s, ''));
  place.pending = option === undefined || option.value === 'none' ? null : option;
}

function takeArgument(place: Place, root: CommandNode, word: string): void {
  const child = place.given.length === 0 ? place.command.commands.find(({ name }) => name === word) : undefined;
  if (child === undefined) {
    place.given.push(word);
    return;
  }
  place.command = child;
  place.options = [...child.options, ...root.options.filter(({ flags }) => !flags.includes('--help'))];
}

interface Offering {
  offer: Offer | null;
  fields: CompletionTree['fields'];
  columns: readonly string[];
  place: Pick<Place, 'given' | 'flags'>;
}

/** `rest` is the part of the word that is offered for, `before` what stays before it. */
function wantedOf(
  { offer, fields, columns, place }: Offering,
  rest: string,
  before: string,
  isList: boolean,
): Omit<Wanted, 'db'> {
  if (offer === null) return NOTHING;
  const comma = isList ? rest.lastIndexOf(',') + 1 : 0;
  const [head, item] = [before + rest.slice(0, comma), rest.slice(comma)];
  switch (offer.of) {
    case 'words':
      return { ...NOTHING, fixed: wordCandidates(offer.words, head, item) };
    case 'columns': {
      const sign = item.startsWith('-') ? '-' : '';
      return { ...NOTHING, fixed: wordCandidates(columns, head + sign, item.slice(sign.length)) };
    }
    case 'live':
      return { ...NOTHING, live: { kind: offer.kind, prefix: item }, before: head };
    case 'api':
      return { ...NOTHING, call: callAt(offer.verb, place, rest) };
    case 'file':
      return { ...NOTHING, isFile: true };
    case 'selector':
      return selectorWanted(fields, before, rest);
  }
}

function wordCandidates(words: readonly string[], before: string, item: string): Candidate[] {
  const wanted = item.toLowerCase();
  return words
    .filter((word) => word.toLowerCase().startsWith(wanted))
    .map((word) => ({ value: before + word, about: '', isPartial: false }));
}

/** The field or the value at the end of a selector. */
function selectorWanted(fields: CompletionTree['fields'], before: string, text: string): Omit<Wanted, 'db'> {
  const last = lastTerm(text);
  if (last === null) return NOTHING;
  const { term, name, operator, value } = last;
  const head = before + last.head;
  if (name === '') {
    const offered = fields.filter((field) => field.name.startsWith(term.toLowerCase()));
    const fixed = offered.map((field) => ({
      value: `${head}${field.name}${field.operator}`,
      about: field.about,
      isPartial: true,
    }));
    return { ...NOTHING, fixed, live: { kind: 'guest', prefix: term }, before: head, isSelectorValue: true };
  }
  const offer = fields.find((field) => field.name === name.toLowerCase())?.offer ?? null;
  const left = `${head}${name}${operator}`;
  if (offer?.of === 'words') return { ...NOTHING, fixed: wordCandidates(offer.words, left, value) };
  if (offer?.of !== 'live') return NOTHING;
  return {
    ...NOTHING,
    live: { kind: offer.kind, prefix: value.replace(/^"/, '') },
    before: left,
    isSelectorValue: true,
  };
}

/** The names of the inventory as candidates. */
export function liveCandidates({ before, isSelectorValue }: Wanted, names: readonly LiveName[]): Candidate[] {
  return names.map(({ value, about }) => ({
    value: `${before}${isSelectorValue ? selectorText(value) : value}`,
    about,
    isPartial: false,
  }));
}
