/** The end of a selector that is being written. */
export interface SelectorTerm {
  /** What stays before it. */
  head: string;
  term: string;
  /** Empty where it has no comparison yet. */
  name: string;
  operator: string;
  value: string;
}

/** Words that a field compares with. */
export const FIELD_WORDS: Readonly<Record<string, readonly string[]>> = {
  kind: ['vm', 'container'],
  status: ['running', 'stopped', 'suspended', 'unknown'],
  presence: ['present', 'unobservable', 'gone'],
  template: ['yes', 'no'],
  backup: ['yes', 'no'],
  ip: ['public', 'private'],
};

/** The operator that fits a field best. */
export function operatorOf({ name, example }: { name: string; example: string }): string {
  return /[=<>]/.exec(example.slice(name.length).replace('!', ''))?.[0] ?? '=';
}

/** The last term; null inside a closed quotation. */
export function lastTerm(text: string): SelectorTerm | null {
  const start = termStart(text);
  if (start === null) return null;
  const [head, term] = [text.slice(0, start), text.slice(start)];
  const [, name = '', operator = '', value = ''] = /^([\w.*-]+)(!=|>=|<=|==|=|>|<)(.*)$/s.exec(term) ?? [];
  return { head, term, name, operator, value };
}

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

/** What a name has to be written as inside a selector. */
export function selectorText(value: string): string {
  return /[,()\s"'!=<>]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}
