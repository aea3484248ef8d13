import type { StepCounter } from './regexp-steps.ts';
import type { RegExpNode } from './regexp-syntax.ts';

/** What a character of a set is looked for among. */
const CANDIDATES = Array.from('a0A-_./:;,=@!"\'\\ \n\t[]{}()<>|#%&*+?~x9Zé«\u200e\u0000\u2028\ud800');
/** Begins no match and goes on none. */
const STRANGER = '\u0001';
const MOST_SAMPLES = 24;

/**
 * Texts that grow with `length` and are as bad for a pattern as its own parts can make them: after each beginning of a match,
 * each part again and again, and then something else.
 */
export function hostileTexts(tree: RegExpNode, counter: StepCounter): ((length: number) => string)[] {
  const parts = new Parts(counter);
  const wholes = parts.samplesOf(tree);
  const beginnings = new Set(['', ...wholes.flatMap((whole) => prefixesOf(whole))]);
  const pumps = new Set([...beginnings, ...parts.pumpsOf(tree)]);
  pumps.delete('');
  const befores = ['', ...wholes, ...spread([...beginnings], 6)];
  return [...new Set(befores)].flatMap((before) =>
    spread([...pumps], 40).flatMap((pump) =>
      ['', STRANGER].map((after) => (length: number) => before + pump.repeat(Math.ceil(length / pump.length)) + after),
    ),
  );
}

function prefixesOf(text: string): string[] {
  return Array.from({ length: Math.min(text.length, 40) }, (_, index) => text.slice(0, index + 1));
}

/** So many of them, from all over the list. */
function spread<T>(list: readonly T[], most: number): T[] {
  return list.length <= most
    ? [...list]
    : Array.from({ length: most }, (_, index) => list[Math.floor((index * list.length) / most)] as T);
}

class Parts {
  readonly #counter: StepCounter;

  constructor(counter: StepCounter) {
    this.#counter = counter;
  }

  /** Texts that a part matches: repeated as little as may be, and once or twice more. */
  samplesOf(node: RegExpNode): string[] {
    switch (node.type) {
      case 'set':
        return spread(
          CANDIDATES.filter((character) => this.#counter.has(node.source, character)),
          3,
        ).concat(literalOf(node.source));
      case 'sequence':
        return node.parts.reduce<string[]>(
          (before, part) =>
            spread(
              before.flatMap((text) => this.samplesOf(part).map((next) => text + next)),
              MOST_SAMPLES,
            ),
          [''],
        );
      case 'choice':
        return spread(
          node.options.flatMap((option) => this.samplesOf(option)),
          MOST_SAMPLES,
        );
      case 'group':
        return this.samplesOf(node.body);
      case 'repeat': {
        const counts = [node.least, node.least + 1].filter((count) => count <= node.most);
        return [...new Set(counts.flatMap((count) => this.samplesOf(node.body).map((text) => text.repeat(count))))];
      }
      case 'look':
      case 'anchor':
      case 'back':
        return [''];
    }
  }

  /** What may repeat: every set, what a repeated part matches, and pairs of neighbours. */
  pumpsOf(node: RegExpNode): string[] {
    switch (node.type) {
      case 'set':
        return this.samplesOf(node);
      case 'sequence':
        return [...node.parts.flatMap((part) => this.pumpsOf(part)), ...this.samplesOf(node)];
      case 'choice':
        return node.options.flatMap((option) => this.pumpsOf(option));
      case 'group':
      case 'repeat':
      case 'look':
        return [...this.samplesOf(node.body), ...this.pumpsOf(node.body)];
      case 'anchor':
      case 'back':
        return [];
    }
  }
}

/** The character itself, where the source is one. */
function literalOf(source: string): string[] {
  if (source.length === 1 && source !== '.') return [source];
  return /^\\[^a-z0-9]$/i.test(source) ? [source.slice(1)] : [];
}
