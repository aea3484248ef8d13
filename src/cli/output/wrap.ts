import type { Tone } from './column.ts';
import { concatSafe, declareSafe, escapeLineStart, type SafeText } from './escape.ts';
import { BYTE_UNITS } from './format.ts';
import type { SafePart, Tint } from './table.ts';
import { textWidth } from './text-width.ts';

/** Stay beside their number. */
const UNITS = new Set<string>([...BYTE_UNITS, 'MB/s', 's', 'min', 'h', 'd', '%']);
const HAS_BREAK = /[ ,]/;

/** The width of the widest part of a text that is never broken. */
export function widestWord(text: string): number {
  if (!HAS_BREAK.test(text)) return textWidth(text);
  return Math.max(...wordsOf(text).map(({ word }) => textWidth(word)));
}

/** Lines of at most `width` columns, except where one word is wider. `indent` begins all lines but the first. */
export function wrapText(text: SafeText, width: number, indent = ''): SafeText {
  if (textWidth(text) <= width || !HAS_BREAK.test(text)) return text;
  const lines: string[] = [];
  let line = '';
  let lineWidth = 0;
  let isAtStart = true;
  for (const { word, gap } of wordsOf(text)) {
    const wordWidth = textWidth(word);
    if (!isAtStart && lineWidth + gap.length + wordWidth > width) {
      lines.push(line.trimEnd());
      line = indent;
      lineWidth = indent.length;
      isAtStart = true;
    }
    const before = isAtStart && lines.length > 0 ? '' : gap;
    line += before + word;
    lineWidth += before.length + wordWidth;
    isAtStart &&= word === '';
  }
  return declareSafe([...lines, line.trimEnd()].join('\n'));
}

/** A line of words, indented as it begins. One with a word that is too wide, such as a hash to be copied, stays as it is. */
export function wrapLine(text: SafeText, width: number): SafeText {
  if (widestWord(text) > width) return text;
  const indent = text.length - text.trimStart().length;
  return safeStarts(wrapText(text, width, ' '.repeat(indent === 0 ? 0 : indent + 2)));
}

/** As {@link wrapLine}, of texts in their own tones, whose further lines are indented by so many columns. */
export function wrapParts(
  parts: readonly SafePart[],
  { width, indent, tint }: { width: number; indent: number; tint: Tint },
): SafeText {
  const whole = concatSafe(parts.map(({ text }) => text));
  if (textWidth(whole) <= width || widestWord(whole) > width) {
    return concatSafe(parts.map(({ text, tone }) => tint(tone, text)));
  }
  const tones = parts.flatMap(({ text, tone }) => Array.from(text.replaceAll(' ', ''), () => tone));
  return tintLines(wrapText(whole, width, ' '.repeat(indent)), tones, tint);
}

/** Tints lines that a text was wrapped into, by the tone of each character that is no space: none of these is left out. */
function tintLines(wrapped: SafeText, tones: readonly Tone[], tint: Tint): SafeText {
  let at = 0;
  const lines = wrapped.split('\n').map((line) => {
    const pieces: SafePart[] = [];
    for (const character of line) {
      const isSpace = character === ' ';
      const last = pieces.at(-1);
      // A space between two words of one tone has it too.
      const tone = isSpace && (last === undefined || tones[at] !== last.tone) ? 'plain' : (tones[at] ?? 'plain');
      if (!isSpace) at += 1;
      if (last?.tone === tone) last.text = declareSafe(last.text + character);
      else pieces.push({ text: declareSafe(character), tone });
    }
    return concatSafe(pieces.map(({ text, tone }) => tint(tone, text)));
  });
  return declareSafe(lines.join('\n'));
}

/** Lines that begin a line of the terminal: none of them can be taken for an error or a hint of the program. */
export function safeStarts(text: SafeText): SafeText {
  return declareSafe(text.split('\n').map(escapeLineStart).join('\n'));
}

/** Lines beside other cells: those after the first may stand alone behind spaces. */
export function safeRest(text: SafeText): SafeText {
  const [first = '', ...rest] = text.split('\n');
  return declareSafe([first, ...rest.map(escapeLineStart)].join('\n'));
}

/**
 * Words, each with the space before it: joined, they are the text. A line may break at a space, which is left out then, and
 * inside a list after a comma.
 */
function wordsOf(text: string): { word: string; gap: string }[] {
  const words: { word: string; gap: string }[] = [];
  let gap = '';
  for (const [index, part] of text.split(' ').entries()) {
    const last = words.at(-1);
    if (index > 0 && last !== undefined && isUnit(part, last.word)) last.word += ` ${part}`;
    else {
      for (const item of itemsOf(part)) {
        words.push({ word: item, gap });
        gap = '';
      }
    }
    gap = ' ';
  }
  return words;
}

function isUnit(part: string, before: string): boolean {
  const last = before.charAt(before.length - 1);
  const bare = /[,;)]$/.test(part) ? part.slice(0, -1) : part;
  return last >= '0' && last <= '9' && UNITS.has(bare);
}

/** `a,b,c` as `a,`, `b,` and `c`. */
function itemsOf(part: string): string[] {
  const items = part.split(',');
  const whole = items.map((item, index) => (index < items.length - 1 ? `${item},` : item));
  return whole.length > 1 && whole.at(-1) === '' ? whole.slice(0, -1) : whole;
}
