/** A regular expression as a tree, of the syntax that this project uses. */
export type RegExpNode =
  | { type: 'set' /** Source of one character or class. */; source: string }
  | { type: 'sequence'; parts: readonly RegExpNode[] }
  | { type: 'choice'; options: readonly RegExpNode[] }
  | { type: 'group'; body: RegExpNode; capture: number | null }
  | { type: 'repeat'; body: RegExpNode; least: number; most: number; isLazy: boolean }
  | { type: 'look'; body: RegExpNode; isNegative: boolean }
  | { type: 'anchor'; at: '^' | '$' | '\\b' | '\\B' }
  | { type: 'back'; capture: number };

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;
const ESCAPE = /^\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|[pP]\{[^}]+\}|[\s\S])/i;
const CLASS = /^\[(?:\\[\s\S]|[^\]\\])*\]/;

/** Parses the source of a regular expression. Throws for what it does not know. */
export function parseRegExp(source: string): RegExpNode {
  let rest = source;
  let captures = 0;
  const take = (text: string): boolean => {
    if (!rest.startsWith(text)) return false;
    rest = rest.slice(text.length);
    return true;
  };
  const takeMatch = (pattern: RegExp): string | null => {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) return null;
    rest = rest.slice(found.length);
    return found;
  };
  const choice = (): RegExpNode => {
    const options = [sequence()];
    while (take('|')) options.push(sequence());
    return options.length === 1 ? (options[0] as RegExpNode) : { type: 'choice', options };
  };
  const sequence = (): RegExpNode => {
    const parts: RegExpNode[] = [];
    while (rest !== '' && !rest.startsWith('|') && !rest.startsWith(')')) parts.push(quantified(atom()));
    return { type: 'sequence', parts };
  };
  const quantified = (body: RegExpNode): RegExpNode => {
    const found = takeMatch(QUANTIFIER);
    if (found === null) return body;
    const isLazy = found.length > 1 && found.endsWith('?');
    const [least, most] = boundsOf(isLazy ? found.slice(0, -1) : found);
    return { type: 'repeat', body, least, most, isLazy };
  };
  const inside = (): RegExpNode => {
    const body = choice();
    if (!take(')')) throw new Error(`no end of group: ${source}`);
    return body;
  };
  const atom = (): RegExpNode => {
    if (take('(?:')) return { type: 'group', body: inside(), capture: null };
    if (take('(?=')) return { type: 'look', body: inside(), isNegative: false };
    if (take('(?!')) return { type: 'look', body: inside(), isNegative: true };
    if (rest.startsWith('(?<=') || rest.startsWith('(?<!')) throw new Error(`looks behind: ${source}`);
    if (takeMatch(/^\((?:\?<\w+>)?/) !== null) {
      captures += 1;
      const capture = captures;
      return { type: 'group', body: inside(), capture };
    }
    for (const at of ['^', '$', '\\b', '\\B'] as const) if (take(at)) return { type: 'anchor', at };
    const back = takeMatch(/^\\[1-9]/);
    if (back !== null) return { type: 'back', capture: Number(back.slice(1)) };
    const set = takeMatch(CLASS) ?? takeMatch(ESCAPE) ?? takeMatch(/^[^\\[()|*+?]/su);
    if (set === null) throw new Error(`not understood: ${rest} in ${source}`);
    return { type: 'set', source: set };
  };
  const tree = choice();
  if (rest !== '') throw new Error(`not understood: ${rest} in ${source}`);
  return tree;
}

function boundsOf(quantifier: string): [least: number, most: number] {
  if (quantifier === '*') return [0, Number.POSITIVE_INFINITY];
  if (quantifier === '+') return [1, Number.POSITIVE_INFINITY];
  if (quantifier === '?') return [0, 1];
  const [least = '', most] = quantifier.slice(1, -1).split(',');
  if (most === undefined) return [Number(least), Number(least)];
  return [Number(least), most === '' ? Number.POSITIVE_INFINITY : Number(most)];
}
