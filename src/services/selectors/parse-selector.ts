import { nearest } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { Selectable, Selector } from '../../types/selector.ts';
import { CONFIG_FIELD, findField, SELECTOR_FIELDS } from './selector-fields.ts';
import { OPERATORS, type Operator, WrongValue } from './selector-values.ts';

type Test = (candidate: Selectable) => boolean;

/** So deep may parentheses and negations be nested. */
const MOST_DEPTH = 50;
const HELP = '`rollcall help selectors` explains selectors';
/** What ends a word. */
const DELIMITERS = /[,()\s=<>!"']/;
/** What ends a value. */
const ENDS = /[,()\s"'!=<>]/;
const SPACE = /\s/;
const VMIDS = /^\d+(?:-\d+)?$/;

/**
 * Compiles selectors: a guest is meant when any of them matches. In one, a comma is *and*, space is *or*, `!` negates, and
 * parentheses group. A word without a comparison is a name, a vmid, a range of vmids, or `PROVIDER/NAME`; a name that is the
 * whole text may have spaces. Ages are counted back from `now`. Throws AppError('usage') that points at the place.
 */
export function parseSelectors(texts: readonly string[], now: Date): Selector {
  const fields = new Set<string>();
  const tests = texts.map((text) => new Parser(text, { now, fields }).parse());
  return { matches: anyOf(tests), fields };
}

interface Compiling {
  now: Date;
  /** Collects the names of the fields. */
  fields: Set<string>;
}

class Parser {
  readonly #text: string;
  readonly #compiling: Compiling;
  #at = 0;
  #depth = 0;

  constructor(text: string, compiling: Compiling) {
    this.#text = text;
    this.#compiling = compiling;
  }

  parse(): Test {
    const whole = this.#text.trim();
    if (whole === '') throw this.#error('it is empty', 0, this.#text.length);
    if (!/[,()=<>!"']/.test(whole)) return this.#words(whole);
    const test = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#error('nothing opens this parenthesis', this.#at, this.#at + 1);
    return test;
  }

  /** Terms with space between them, up to a closing parenthesis or the end. */
  #alternatives(): Test {
    const tests = [this.#conjunction()];
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      if (this.#isAtEnd()) return anyOf(tests);
      if (this.#at === before) throw this.#error('a comma or a space is missing here', before, before + 1);
      tests.push(this.#conjunction({ isAfterSpace: true }));
    }
  }

  /** Terms with commas between them. */
  #conjunction(first: { isAfterSpace?: boolean } = {}): Test {
    const tests = [this.#term(first)];
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      if (this.#text[this.#at] !== ',') {
        this.#at = before;
        return tests.length === 1 ? (tests[0] ?? never) : (candidate) => tests.every((test) => test(candidate));
      }
      this.#at += 1;
      tests.push(this.#term());
    }
  }

  #term({ isAfterSpace = false }: { isAfterSpace?: boolean } = {}): Test {
    this.#skipSpace();
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) throw this.#error('it is nested too deeply', this.#at, this.#at + 1);
    const test = this.#negated() ?? this.#group() ?? this.#comparison(isAfterSpace);
    this.#depth -= 1;
    return test;
  }

  #negated(): Test | null {
    if (this.#text[this.#at] !== '!' || this.#text[this.#at + 1] === '=') return null;
    this.#at += 1;
    const test = this.#term();
    return (candidate) => !test(candidate);
  }

  #group(): Test | null {
    if (this.#text[this.#at] !== '(') return null;
    const start = this.#at;
    this.#at += 1;
    const test = this.#alternatives();
    if (this.#text[this.#at] !== ')') throw this.#error('nothing closes this parenthesis', start, start + 1);
    this.#at += 1;
    return test;
  }

  /** `field operator value`, or a word. */
  #comparison(isAfterSpace: boolean): Test {
    const start = this.#at;
    const quoted = this.#quoted();
    const word = quoted ?? this.#until(DELIMITERS);
    const end = this.#at;
    this.#skipSpace();
    const operator = OPERATORS.find((one) => this.#text.startsWith(one, this.#at));
    if (operator === undefined) {
      this.#at = end;
      if (word === '') throw this.#error('a field or a name is missing here', start, start + 1);
      if (isAfterSpace && quoted === null) throw this.#spaceError(start);
      return this.#word(word);
    }
    const field = findField(word);
    if (field === null) throw this.#unknownField(word, start, end);
    this.#at += this.#text.startsWith('==', this.#at) ? 2 : operator.length;
    this.#skipSpace();
    const valueStart = this.#at;
    const value = this.#quoted() ?? this.#until(ENDS);
    if (value === '' && this.#at === valueStart)
      throw this.#error('a value is missing here', valueStart, valueStart + 1);
    this.#compiling.fields.add(field.name);
    const test = field.compile(orderOf(operator), value, this.#compiling);
    if (test instanceof WrongValue) {
      const [what, from] = test.of === 'field' ? [word, start] : [value, valueStart];
      throw this.#error(`'${what}' ${test.reason}`, from, this.#at, test.hint);
    }
    return operator === '!=' ? (candidate) => !test(candidate) : test;
  }

  /** One name, which may have spaces, unless every word is a number or a pattern: then any of them. */
  #words(text: string): Test {
    const words = text.split(/\s+/);
    const areMany = words.every((word) => VMIDS.test(word) || /[*?]/.test(word));
    return areMany ? anyOf(words.map((word) => this.#word(word))) : this.#word(text);
  }

  /** A name, a vmid or a range of them, and either of them after `PROVIDER/` or `KIND/`. */
  #word(word: string): Test {
    const slash = word.indexOf('/');
    if (slash > 0) {
      const [provider, rest] = [word.slice(0, slash), word.slice(slash + 1)];
      const isOwner = anyOf([this.#test('provider', provider), this.#test('kind', provider)]);
      const isNamed = anyOf([this.#test('name', rest), this.#test('id', rest)]);
      return (candidate) => isOwner(candidate) && isNamed(candidate);
    }
    return this.#test(VMIDS.test(word) ? 'vmid' : 'name', word);
  }

  #test(name: string, value: string): Test {
    this.#compiling.fields.add(name);
    const test = findField(name)?.compile('=', value, this.#compiling);
    return typeof test === 'function' ? test : never;
  }

  /** null where no quotation mark is. A backslash takes the next character as it is. */
  #quoted(): string | null {
    const mark = this.#text[this.#at];
    if (mark !== '"' && mark !== "'") return null;
    const start = this.#at;
    let text = '';
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const character = this.#text[at] ?? '';
      if (character === mark) {
        this.#at = at + 1;
        return text;
      }
      if (character === '\\') at += 1;
      text += this.#text[at] ?? '';
    }
    throw this.#error('nothing closes this quotation mark', start, start + 1);
  }

  #until(end: RegExp): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !end.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #skipSpace(): void {
    while (SPACE.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length || this.#text[this.#at] === ')';
  }

  #unknownField(word: string, start: number, end: number): AppError {
    if (word === '') return this.#error('a field is missing here', start, start + 1);
    const names = SELECTOR_FIELDS.map(({ name }) => name);
    const near = nearest(word, names);
    const list = `fields: ${[...names, CONFIG_FIELD.name].join(', ')}`;
    return this.#error(
      `there is no field '${word}'`,
      start,
      end,
      near === undefined ? list : `did you mean ${near}? ${list}`,
    );
  }

  /** `name=my vm` is more likely a name with a space than two selectors. */
  #spaceError(start: number): AppError {
    const hint = 'put a value with spaces into quotation marks: name="web 1"; of alternatives write name=NAME';
    return this.#error('a word after a space could be a part of the value before', start, this.#at, hint);
  }

  #error(reason: string, start: number, end: number, hint = HELP): AppError {
    const line = this.#text.replaceAll(/\s/g, ' ');
    const mark = `${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`;
    return new AppError('usage', [`this is no selector: ${reason}`, `  ${line}`, `  ${mark}`], { hint });
  }
}

function orderOf(operator: Operator): Exclude<Operator, '!='> {
  return operator === '!=' ? '=' : operator;
}

function never(): boolean {
  return false;
}

function anyOf(tests: readonly Test[]): Test {
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (candidate) => tests.some((test) => test(candidate));
}
