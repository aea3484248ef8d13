import { declareSafe, escapeText, type SafeText } from './escape.ts';
import type { Io } from './io.ts';

// Source: xterm, ctlseqs: alternate screen, cursor, wrapping at the margin.
const ENTER = declareSafe('\u001b[?1049h\u001b[?25l\u001b[?7l');
const LEAVE = declareSafe('\u001b[?7h\u001b[?25h\u001b[?1049l');
const HOME = '\u001b[H';
const END_LINE = '\u001b[0m\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** What makes room on a terminal, and gives back what was there. */
export const SCREEN = { enter: ENTER, leave: LEAVE } as const;

/** Takes what would be printed. */
export class Collected {
  #text = '';

  take(text: Parameters<Io['stdout']>[0]): void {
    this.#text += text;
  }

  get text(): SafeText {
    return declareSafe(this.#text);
  }
}

export interface FrameText {
  title: string;
  /** Printed as it is: the lines of a table. */
  body: SafeText;
  /** What was said about it, below. */
  notes: SafeText;
  /** Whether the end of the body is what matters where it is too long. */
  isTail: boolean;
}

/** A whole screen, drawn over the one before. What has no room is counted. */
export function frame({ title, body, notes, isTail }: FrameText, rows: number): SafeText {
  const [lines, below] = [linesOf(body), linesOf(notes)];
  const room = Math.max(1, rows - 1 - Math.min(below.length, Math.floor(rows / 2)));
  const hidden = lines.length - room + 1;
  const count = declareSafe(`… ${hidden} more lines`);
  const shown =
    lines.length <= room ? lines : isTail ? [count, ...lines.slice(hidden)] : [...lines.slice(0, room - 1), count];
  const all = [escapeText(title), ...shown, ...below].slice(0, rows);
  return declareSafe(`${HOME}${all.join(`${END_LINE}\r\n`)}${END_LINE}${CLEAR_BELOW}`);
}

function linesOf(text: SafeText): SafeText[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((line) => (text === '' ? [] : [declareSafe(line)]));
}
