import { expect } from '@jest/globals';
import fc from 'fast-check';

const ESC = String.fromCodePoint(0x1b);

/** Independent of the program's own escaper: what acts on a terminal, turns text around, or is not seen. */
const ACTING = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]/u;
/** What a terminal gets from the program itself: colours. */
const COLOURS = new RegExp(`${ESC}\\[\\d{1,3}m`, 'g');

// biome-ignore format: a list of texts
const PIECES = [
  `${ESC}[2J`, `${ESC}]0;owned\u0007`, '\u009b31m', '\u0000', '\b\b\b', '\t', '\r', '\u007f', '\u0085',
  '\u202a', '\u202d', '\u202e', '\u2066', '\u2067', '\u2069', '\u200e', '\u200f', '\u061c',
  '\u200b', '\u200c', '\u200d', '\u2060', '\u2061', '\u2064', '\ufeff', '\u00ad', '\u180e', '\u034f', '\u3164', '\ufe0f',
  '\u{e0041}', '\u{e007f}', '\u2028', '\u2029', '\ud83d', '\ude00',
  '\nerror: FORGED', '\nwarning: FORGED', '\nhint: FORGED', '\r\nhint: FORGED', '\u2028hint: FORGED', '\n\n',
  '=cmd|x', '"', "'", '\\', '`$(id)`', 'é',
];

/** A text made of what someone hostile may write. */
export const hostileText = fc
  .array(fc.constantFrom(...PIECES), { minLength: 3, maxLength: 12 })
  .map((pieces) => `x${pieces.join('')}`);

/** All of it at once. */
export const everyHostileText = `x${PIECES.join('')}`;

/** Nothing in it acts on a terminal, and no line is a word of the program that a value put there. */
export function expectHarmless(text: string, what: string): void {
  const lines = text.replaceAll(COLOURS, '').split('\n');
  expect([what, lines.filter((line) => ACTING.test(line)).map((line) => JSON.stringify(line))]).toEqual([what, []]);
  const forged = lines.filter((line) => /^\s*(?:error|warning|hint): FORGED/.test(line));
  expect([what, forged]).toEqual([what, []]);
}
