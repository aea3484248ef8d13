import { declareSafe, type SafeText } from './escape.ts';
import { textWidth } from './text-width.ts';

/** A line may break at a space, which is left out then, and inside a list after a comma; a number keeps its unit. */
const BREAK = /(?<=,)(?=[^ ])| (?!(?<=\d )(?:[KMGTP]i)?B\b|(?<=\d )(?:MB\/s|min|[shd%])(?![^ ,;)]))/;
const HAS_BREAK = /[ ,]/;

/** The width of the widest part of a text that is never broken. */
export function widestWord(text: string): number {
  if (!HAS_BREAK.test(text)) return textWidth(text);
  return Math.max(...text.split(BREAK).map(textWidth));
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

/** Words, each with the space before it. Joined, they are the text. */
function wordsOf(text: string): { word: string; gap: string }[] {
  const words: { word: string; gap: string }[] = [];
  let end = 0;
  for (const word of text.split(BREAK)) {
    const start = text.indexOf(word, end);
    words.push({ word, gap: text.slice(end, start) });
    end = start + word.length;
  }
  return words;
}
