/** What session relevance can ask of a computer of the lab. */
export interface AskedComputer {
  inspectors: Readonly<Record<string, string>>;
  /** Of retrieved properties, by name. */
  properties: Readonly<Record<string, readonly string[]>>;
  reportedAtMs: number;
}

const QUERY = /^\((.*)\) of bes computers$/s;
const EPOCH = '"Thu, 01 Jan 1970 00:00:00 +0000" as time';
const REPORT_SECONDS = `((last report time of it - (${EPOCH})) / second) as string`;
const RESULTS = /^values of results \(it, bes properties "([^"]+)"\)$/;

/**
 * Evaluates the few forms of session relevance that a query of facts has. Throws for any other, as the real evaluator does. As there,
 * a member of the tuple that gives nothing removes the computer from the answer.
 */
export function evaluate(relevance: string, computers: readonly AskedComputer[]): string[][] {
  const [, members] = QUERY.exec(relevance) ?? [];
  if (members === undefined) throw new Error('This expression could not be parsed.');
  const asked = split(members, ',');
  return computers.flatMap((computer) => {
    const row = asked.map((member) => memberOf(member, computer));
    return row.every((value) => value !== null) ? [row.map(String)] : [];
  });
}

function memberOf(member: string, computer: AskedComputer): string | null {
  const [, inside] = /^\((.*)\)$/s.exec(member) ?? [];
  if (inside !== undefined) {
    const [first = '', ...others] = split(inside, '|');
    return [first, ...others].map((one) => memberOf(one, computer)).find((value) => value !== null) ?? null;
  }
  if (member === '""') return '';
  if (member === REPORT_SECONDS) return String(Math.floor(computer.reportedAtMs / 1000));
  const [, list] = /^concatenation "%0a" of \((.*)\)$/s.exec(member) ?? [];
  if (list !== undefined)
    return split(list, ';')
      .flatMap((one) => valuesOf(one, computer))
      .join('\n');
  const [, inspector = ''] = /^([a-z ]+?) of it(?: as string)?$/.exec(member) ?? [];
  if (!Object.hasOwn(computer.inspectors, inspector)) throw new Error(`The operator "${member}" is not defined.`);
  return computer.inspectors[inspector] || null;
}

function valuesOf(item: string, { properties }: AskedComputer): readonly string[] {
  if (item === '""') return [''];
  const [, name] = RESULTS.exec(item) ?? [];
  if (name === undefined) throw new Error(`The operator "${item}" is not defined.`);
  return properties[name] ?? [];
}

/** At a separator that is in neither brackets nor quotes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && character === '(') depth += 1;
    if (!isQuoted && character === ')') depth -= 1;
    if (character === separator && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
