import type { RegExpNode } from './regexp-syntax.ts';

const MOST_FOR_A_CHARACTER = 1000;

class TooManySteps extends Error {}

type Next = (at: number) => boolean;
type Matcher = (at: number, next: Next) => boolean;

/**
 * Counts the steps in which a backtracking engine, as that of V8 is, finds all matches in a text: one for each character that
 * is compared. The same on every machine, and much as long as the time that it takes.
 */
export class StepCounter {
  readonly #tree: RegExpNode;
  readonly #flags: string;
  readonly #sets = new Map<string, Map<string, boolean>>();
  #text = '';
  #steps = 0;
  #most = 0;
  #captures: (string | undefined)[] = [];
  readonly #match: Matcher;

  constructor(tree: RegExpNode, flags: string) {
    this.#tree = tree;
    this.#flags = flags.replace(/[gyd]/g, '');
    this.#match = this.#compile(this.#tree);
  }

  /** Infinity: more than a thousand for each character. */
  count(text: string): number {
    this.#text = text;
    this.#steps = 0;
    this.#most = MOST_FOR_A_CHARACTER * (text.length + 100);
    try {
      this.#findAll(text);
      return this.#steps;
    } catch (error) {
      if (error instanceof TooManySteps) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  #findAll(text: string): void {
    for (let start = 0; start <= text.length; ) {
      let end = -1;
      this.#captures = [];
      this.#tick();
      this.#match(start, (at) => {
        end = at;
        return true;
      });
      start = end > start ? end : start + 1;
    }
  }

  #tick(): void {
    if (++this.#steps > this.#most) throw new TooManySteps();
  }

  /** Whether a set has a character. */
  has(source: string, character: string): boolean {
    let known = this.#sets.get(source);
    if (!known) this.#sets.set(source, (known = new Map()));
    let has = known.get(character);
    if (has === undefined) known.set(character, (has = new RegExp(`^(?:${source})$`, this.#flags).test(character)));
    return has;
  }

  #compile(node: RegExpNode): Matcher {
    switch (node.type) {
      case 'set':
        return (at, next) => this.#step(node.source, at) && next(at + 1);
      case 'sequence':
        return node.parts
          .map((part) => this.#compile(part))
          .reduceRight<Matcher>(
            (after, part) => (at, next) => part(at, (end) => after(end, next)),
            (at, next) => next(at),
          );
      case 'choice': {
        const options = node.options.map((option) => this.#compile(option));
        return (at, next) => options.some((option) => option(at, next));
      }
      case 'group':
        return this.#group(this.#compile(node.body), node.capture);
      case 'repeat':
        return node.body.type === 'set' ? this.#repeatSet(node.body.source, node) : this.#repeat(node);
      case 'look': {
        const body = this.#compile(node.body);
        return (at, next) => body(at, () => true) !== node.isNegative && next(at);
      }
      case 'anchor':
        return (at, next) => this.#holds(node.at, at) && next(at);
      case 'back':
        return (at, next) => {
          const text = this.#captures[node.capture] ?? '';
          return this.#text.startsWith(text, at) && next(at + text.length);
        };
    }
  }

  #step(source: string, at: number): boolean {
    this.#tick();
    return at < this.#text.length && this.has(source, this.#text.charAt(at));
  }

  #group(body: Matcher, capture: number | null): Matcher {
    if (capture === null) return body;
    return (at, next) =>
      body(at, (end) => {
        const before = this.#captures[capture];
        this.#captures[capture] = this.#text.slice(at, end);
        if (next(end)) return true;
        this.#captures[capture] = before;
        return false;
      });
  }

  #repeatSet(source: string, { least, most, isLazy }: { least: number; most: number; isLazy: boolean }): Matcher {
    return (at, next) => {
      let count = 0;
      const more = (): boolean => count < most && this.#step(source, at + count) && ++count > 0;
      while (count < least) if (!more()) return false;
      if (isLazy) {
        do if (next(at + count)) return true;
        while (more());
        return false;
      }
      while (more());
      for (; count >= least; count -= 1) {
        this.#tick();
        if (next(at + count)) return true;
      }
      return false;
    };
  }

  #repeat({ body, least, most, isLazy }: { body: RegExpNode; least: number; most: number; isLazy: boolean }): Matcher {
    const once = this.#compile(body);
    const from = (count: number, at: number, next: Next): boolean => {
      this.#tick();
      const more = (): boolean =>
        count < most && once(at, (end) => (end > at || count < least) && from(count + 1, end, next));
      if (count < least) return more();
      return isLazy ? next(at) || more() : more() || next(at);
    };
    return (at, next) => from(0, at, next);
  }

  #holds(anchor: '^' | '$' | '\\b' | '\\B', at: number): boolean {
    const isMultiline = this.#flags.includes('m');
    if (anchor === '^') return at === 0 || (isMultiline && this.#text[at - 1] === '\n');
    if (anchor === '$') return at === this.#text.length || (isMultiline && this.#text[at] === '\n');
    const isWord = (index: number): boolean => /\w/.test(this.#text.charAt(index));
    return (isWord(at - 1) !== isWord(at)) === (anchor === '\\b');
  }
}
