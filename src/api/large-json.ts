import { setImmediate as nextTurn } from 'node:timers/promises';
import { endOfString, parseJson } from './json.ts';
import { MAX_DEPTH, MAX_ROWS, MAX_VALUES, MAX_VALUES_IN_ROW, Oversize } from './limits.ts';

/** A piece ends at the first comma after so many characters or values; parsing one takes a few milliseconds. */
const PIECE_CHARACTERS = 128 * 2 ** 10;
const PIECE_VALUES = 4 * 2 ** 10;
/** Texts up to this length are parsed at once, which takes 0.1 s at worst, and less than in pieces otherwise. */
export const SMALL_JSON = 512 * 2 ** 10;
/** Outside strings. No number or word is as long, and no row is indented so far. */
const MAX_BARE_CHARACTERS = 2 ** 20;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BLANK = /\s*/y;

/**
 * Parses an object such as `{"data":[…]}` whose members are large, as {@link parseJson} would, but gives the event loop a turn
 * after each piece of a list or object: 32 MiB of brackets take seconds. undefined: it is no object.
 * Throws SyntaxError, and Oversize for more than the limits allow.
 */
export async function parseLargeJson(
  text: string,
  pieceCharacters = PIECE_CHARACTERS,
): Promise<Record<string, unknown> | undefined> {
  const start = skipBlank(text, 0);
  if (text.charCodeAt(start) === OPEN_LIST) return undefined;
  if (text.charCodeAt(start) !== OPEN_OBJECT) throw new SyntaxError('no object');
  const members = new Map<string, unknown>();
  let at = skipBlank(text, start + 1);
  let values = 0;
  while (members.size > 0 || text.charCodeAt(at) !== CLOSE_OBJECT) {
    const { key, valueAt } = readKey(text, at);
    const member = await readMember(text, valueAt, pieceCharacters);
    members.set(key, member.value);
    checkValues((values += member.values));
    at = skipBlank(text, member.end);
    if (text.charCodeAt(at) === CLOSE_OBJECT) break;
    if (text.charCodeAt(at) !== COMMA) throw new SyntaxError('no comma');
    at = skipBlank(text, at + 1);
  }
  if (skipBlank(text, at + 1) < text.length) throw new SyntaxError('more than one value');
  return Object.fromEntries(members);
}

function skipBlank(text: string, from: number): number {
  BLANK.lastIndex = from;
  BLANK.test(text);
  return BLANK.lastIndex;
}

function readKey(text: string, at: number): { key: string; valueAt: number } {
  const end = text.charCodeAt(at) === QUOTE ? endOfString(text, at) + 1 : at;
  const key = parseJson(text.slice(at, end));
  const colon = skipBlank(text, end);
  if (typeof key !== 'string' || text.charCodeAt(colon) !== COLON) throw new SyntaxError('no key');
  return { key, valueAt: skipBlank(text, colon + 1) };
}

interface Member {
  value: unknown;
  /** The place after it. */
  end: number;
  values: number;
}

async function readMember(text: string, start: number, pieceCharacters: number): Promise<Member> {
  const opening = text.charCodeAt(start);
  if (opening === OPEN_LIST || opening === OPEN_OBJECT) return readPieces(text, start, pieceCharacters);
  const { end } = pieceAt(text, start, 0);
  return { value: parseJson(text.slice(start, end)), end, values: 1 };
}

/** A list or an object, piece by piece. */
async function readPieces(text: string, start: number, pieceCharacters: number): Promise<Member> {
  const isList = text.charCodeAt(start) === OPEN_LIST;
  const whole = isList ? new ListParts() : new ObjectParts();
  let rows = 0;
  let values = 0;
  for (let at = start + 1; ; ) {
    const piece = pieceAt(text, at, pieceCharacters);
    checkRows((rows += piece.rows));
    checkValues((values += piece.values));
    const inside = text.slice(at, piece.end);
    const isLast = text.charCodeAt(piece.end) !== COMMA;
    // A comma that nothing follows, or that nothing stands before.
    if (skipBlank(inside, 0) === inside.length && !(isLast && at === start + 1)) throw new SyntaxError('no value');
    whole.add(inside);
    if (!isLast) {
      await nextTurn();
      at = piece.end + 1;
      continue;
    }
    if (text.charCodeAt(piece.end) !== (isList ? CLOSE_LIST : CLOSE_OBJECT)) throw new SyntaxError('no end');
    return { value: whole.value, end: piece.end + 1, values };
  }
}

class ListParts {
  readonly value: unknown[] = [];

  add(inside: string): void {
    const part = parseJson(`[${inside}]`);
    if (Array.isArray(part)) for (const item of part) this.value.push(item);
  }
}

class ObjectParts {
  readonly value: Record<string, unknown> = {};

  add(inside: string): void {
    for (const [key, value] of Object.entries(parseJson(`{${inside}}`) ?? {})) {
      // By assignment it would be the prototype.
      if (key === '__proto__') Object.defineProperty(this.value, key, { value, enumerable: true, configurable: true });
      else this.value[key] = value;
    }
  }
}

function checkRows(rows: number): void {
  if (rows > MAX_ROWS) throw new Oversize(`it has more than ${MAX_ROWS} rows`);
}

function checkValues(values: number): void {
  if (values > MAX_VALUES) throw new Oversize(`it has more than ${MAX_VALUES} values`);
}

interface Piece {
  /** The place of the comma or bracket after it, or the end of the text. */
  end: number;
  rows: number;
  values: number;
}

/** The rows from `start` to the first comma after `characters`, or else to the bracket that ends the list. */
function pieceAt(text: string, start: number, characters: number): Piece {
  let [depth, rows, values, rowValues, bare] = [0, 1, 0, 0, 0];
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === COMMA && depth === 0) {
      if (at - start >= characters || values >= PIECE_VALUES) return { end: at, rows, values };
      rows += 1;
      values += 1;
      rowValues = 0;
    } else if (code === COMMA || code === OPEN_LIST || code === OPEN_OBJECT) {
      values += 1;
      rowValues += 1;
      if (rowValues > MAX_VALUES_IN_ROW) throw new Oversize(`it has a row of more than ${MAX_VALUES_IN_ROW} values`);
      if (code !== COMMA && ++depth > MAX_DEPTH) throw new Oversize(`it is nested deeper than ${MAX_DEPTH} levels`);
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (depth === 0) return { end: at, rows, values };
      depth -= 1;
    } else if (++bare > MAX_BARE_CHARACTERS) {
      throw new SyntaxError('no JSON');
    }
  }
  return { end: text.length, rows, values };
}
