import readline from 'node:readline';
import { Writable } from 'node:stream';
import { declareSafe, escapeText } from './escape.ts';
import type { Io } from './io.ts';

/** What several providers do at the same time, in one line that replaces itself. */
export interface ProgressLine {
  report(name: string, message: string): void;
  stop(): void;
}

const SILENT: ProgressLine = { report: () => undefined, stop: () => undefined };

/** A spinner where standard error is a terminal, else nothing. */
export async function openProgress(io: Io, isQuiet: boolean): Promise<ProgressLine> {
  if (isQuiet || !io.isErrTTY) return SILENT;
  const { default: ora } = await import('ora');
  const spinner = ora({
    text: 'connecting',
    stream: terminalOf(io),
    isEnabled: true,
    discardStdin: false,
    color: 'cyan',
  }).start();
  const messages = new Map<string, string>();
  return {
    report(name, message) {
      messages.set(name, message);
      spinner.text = escapeText([...messages].map(([provider, what]) => `${provider}: ${what}`).join(' · '));
    },
    stop: () => spinner.stop(),
  };
}

/** The terminal that ora needs, over the program's own stream. Its control sequences are the only ones that are passed on. */
function terminalOf(io: Io): NodeJS.WritableStream {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      io.stderr(declareSafe(chunk.toString()));
      done();
    },
  });
  return Object.assign(stream, {
    isTTY: true,
    // A terminal without a size says 0, by which ora would divide for ever.
    columns: io.columns || 80,
    cursorTo: (column: number) => readline.cursorTo(stream, column),
    moveCursor: (columns: number, lines: number) => readline.moveCursor(stream, columns, lines),
    clearLine: (direction: readline.Direction) => readline.clearLine(stream, direction),
  });
}
