import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import type { Place } from '../../types/check.ts';

/** So many aliases may a file resolve, those inside of aliased values counted each time. */
const MOST_ALIASES = 1000;

export interface YamlProblem {
  place: Place;
  message: string;
}

type Path = readonly (string | number | symbol)[];

/** A YAML file as values, and where each of them stands. */
export interface PlacedYaml {
  value: unknown;
  problems: readonly YamlProblem[];
  /** Of the key where `path` leads to a field of a map, else of the value; the nearest one around it where there is none. */
  placeOf(path: Path): Place;
  /** Of the value; null where none is written there. */
  valuePlaceOf(path: Path): Place | null;
  /** Whether the value is written as it is, without quotation marks, in one line. */
  isPlainAt(path: Path): boolean;
}

/**
 * Plain YAML 1.2: no tags of its own, no key twice, aliases up to a bound. Values are null where there are problems.
 */
export function readYaml(text: string): PlacedYaml {
  try {
    return readPlaced(text);
  } catch (error) {
    // The stack ends in levels of levels.
    if (!(error instanceof RangeError)) throw error;
    const place = { line: 1, column: 1 };
    const problems = [{ place, message: 'it is nested too deeply' }];
    return { value: null, problems, placeOf: () => place, valuePlaceOf: () => null, isPlainAt: () => false };
  }
}

function readPlaced(text: string): PlacedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core', prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const placed = {
    placeOf: (path: Path) => placeAt(nearestOffset(document, path)),
    valuePlaceOf: (path: Path) => {
      const offset = nodeAt(document, path)?.range?.[0];
      return offset === undefined ? null : placeAt(offset);
    },
    isPlainAt: (path: Path) => {
      const node = nodeAt(document, path);
      return isScalar(node) && node.type === Scalar.PLAIN && node.source === node.value;
    },
  };
  const broken = [...document.errors, ...document.warnings, ...prototypeKeys(document)];
  if (broken.length > 0) {
    const problems = broken.map((error) => ({ place: placeAt(error.pos[0]), message: plainMessage(error) }));
    return { value: null, problems, ...placed };
  }
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), problems: [], ...placed };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const message = 'it has too many aliases, or one without an anchor';
    const problems = [{ place: placeAt(danglingOffset(document)), message }];
    return { value: null, problems, ...placed };
  }
}

/** Of several lines, as of an error with a piece of the source, the first. */
function plainMessage({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  if (code === 'MULTIPLE_DOCS') return 'it has several documents';
  const [first = ''] = message.split('\n');
  return first.replace(/:$/, '');
}

/** Objects have no such key of their own: it would be lost without a word. */
function prototypeKeys(document: Document.Parsed): Pick<YAMLError, 'code' | 'message' | 'pos'>[] {
  const found: Pick<YAMLError, 'code' | 'message' | 'pos'>[] = [];
  visit(document, {
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      const [from = 0, to = 0] = key.range ?? [];
      found.push({ code: 'BAD_SCALAR_START', message: "'__proto__' is no field", pos: [from, to] });
    },
  });
  return found;
}

/** Of the first alias that names nothing; the begin of the file where there is none. */
function danglingOffset(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) !== undefined) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function childAt(document: Document.Parsed, parent: unknown, key: Path[number]): unknown {
  const node = resolved(document, parent);
  return isCollection(node) ? node.get(key, true) : undefined;
}

function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  let node: unknown = document.contents;
  for (const key of path) node = childAt(document, node, key);
  return isScalar(node) || isCollection(node) || isAlias(node) ? node : undefined;
}

function keyOffset(document: Document.Parsed, path: Path): number | undefined {
  const parent = resolved(document, nodeAt(document, path.slice(0, -1)));
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === path.at(-1));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

function nearestOffset(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    const offset = keyOffset(document, part) ?? nodeAt(document, part)?.range?.[0];
    if (offset !== undefined) return offset;
  }
  return document.range[0];
}
