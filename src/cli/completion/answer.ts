import { readFileSync } from 'node:fs';
import { liveNames, type NewestMigrations } from '../../app/live-names.ts';
import type { LiveName } from '../../types/live-names.ts';
import { escapeRows, isSafeText } from '../output/escape.ts';
import type { Io } from '../output/io.ts';
import { type Candidate, liveCandidates, type Wanted, wantedAt } from './candidates.ts';
import { bashText, powershellText, readBashLine, readFishToken, type TypedLine } from './shell-words.ts';
import type { CompletionTree } from './tree.ts';

/** As scripts/bundle.mjs writes it. */
interface BuiltTree extends CompletionTree {
  migrations: NewestMigrations;
}

/** Says that files are wanted. */
const FILES = '!file';

/**
 * Answers a script of `rollcall completion`: one candidate a line, as the shell needs it. Never throws and says nothing else: of a
 * database that is missing, locked, broken or newer there are no names.
 */
export async function answerShell([shell = '', ...args]: readonly string[], io: Io): Promise<void> {
  try {
    const line = readLine(shell, args);
    if (line === null) return;
    const tree = readTree();
    const wanted = wantedAt(tree, line.words, line.current);
    if (wanted.isFile) {
      io.stdout(escapeRows([[FILES]]));
      return;
    }
    const found = wanted.call === null ? await namesOf(wanted, tree, io) : await callWords(wanted, tree, io);
    const candidates = [...wanted.fixed, ...found].filter(isOffered);
    io.stdout(escapeRows(candidates.flatMap((candidate) => rowsOf(shell, candidate, line))));
  } catch {
    // What a shell shows while somebody types must be about that.
  }
}

/** Control characters could not be typed. */
function isOffered({ value }: Candidate): boolean {
  return value !== '' && isSafeText(value);
}

async function namesOf(wanted: Wanted, { migrations }: BuiltTree, io: Io): Promise<Candidate[]> {
  if (wanted.live === null) return [];
  const names = await namesIn(io, { db: wanted.db, queries: [wanted.live], newest: migrations });
  // A name that begins as an option does would be taken for one.
  return liveCandidates(wanted, names).filter(({ value }) => wanted.before !== '' || !value.startsWith('-'));
}

/** The paths and parameters of the API, with names of the inventory in them. */
async function callWords({ call, db }: Wanted, { migrations }: BuiltTree, io: Io): Promise<Candidate[]> {
  if (call === null) return [];
  const { apiWords } = await import('../../app/api-words.ts');
  const { words, live } = apiWords(call);
  if (live === null) return [...words];
  const { kind, prefix, before, after } = live;
  const names = await namesIn(io, { db, queries: [{ kind, prefix }], newest: migrations });
  // A name with a slash would be several segments of a path.
  const fitting = names.filter(({ value }) => !value.includes('/'));
  return [
    ...words,
    ...fitting.map(({ value, about }) => ({ value: `${before}${value}${after}`, about, isPartial: after !== '' })),
  ];
}

/** None where the inventory cannot be read. */
async function namesIn(io: Io, query: Parameters<typeof liveNames>[1]): Promise<LiveName[]> {
  try {
    return await liveNames(io, query);
  } catch {
    return [];
  }
}

function readLine(shell: string, args: readonly string[]): TypedLine | null {
  switch (shell) {
    case 'bash': {
      const [line = '', breaks = ''] = args;
      return readBashLine(line, breaks);
    }
    case 'powershell': {
      const words: unknown = JSON.parse(Buffer.from(args[0] ?? '', 'base64').toString('utf8'));
      return Array.isArray(words) ? plainLine(words.map(String)) : null;
    }
    case 'fish':
      return plainLine([...args.slice(0, -1), readFishToken(args.at(-1) ?? '')]);
    default:
      return plainLine(args);
  }
}

function plainLine(words: readonly string[]): TypedLine {
  return { words: words.slice(0, -1), current: words.at(-1) ?? '', kept: 0, quote: '' };
}

/** None where the shell has no way to write it. */
function rowsOf(shell: string, { value, about, isPartial }: Candidate, line: TypedLine): string[][] {
  switch (shell) {
    case 'bash': {
      const text = bashText(value, line);
      // bash closes an open quotation mark itself.
      return text === null ? [] : [[`${text}${isPartial || line.quote !== '' ? '' : ' '}`]];
    }
    case 'powershell':
      return [[powershellText(value), value, about]];
    case 'zsh':
      return [[`${isPartial ? '-' : '+'}${value}`, about]];
    default:
      return [[value, about]];
  }
}

/** Beside the program, where scripts/bundle.mjs puts it. */
function readTree(): BuiltTree {
  const tree: BuiltTree = JSON.parse(readFileSync(new URL('completion.json', import.meta.url), 'utf8'));
  return tree;
}
