import type { Level } from '../../services/watch/watch-types.ts';
import { redactText } from '../../text/redact-text.ts';
import { concatSafe, escapeLines } from '../output/escape.ts';
import type { Io } from '../output/io.ts';
import { toJsonLine } from '../output/serialize.ts';
import { stackLines } from '../source-stack.ts';

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Writes one line per event to standard error. */
export class WatchLog {
  readonly #io: Pick<Io, 'stderr' | 'clock'>;
  readonly #format: LogFormat;
  readonly #isQuiet: boolean;

  constructor(io: Pick<Io, 'stderr' | 'clock'>, { format, isQuiet }: { format: LogFormat; isQuiet: boolean }) {
    this.#io = io;
    this.#format = format;
    this.#isQuiet = isQuiet;
  }

  /** `info` is omitted with --quiet. */
  say(level: Level, told: string, about: { provider?: string; hint?: string | undefined } = {}): void {
    if (level === 'info' && this.#isQuiet) return;
    const time = this.#io.clock().toISOString();
    const [message = '', ...frames] = stackLines(redactText(told));
    const { provider, hint } = about;
    if (this.#format === 'json') {
      const whole = [message, ...frames].join('\n');
      const line = { time, level, ...(provider !== undefined && { provider }), message: whole, hint };
      this.#io.stderr(concatSafe([toJsonLine(line), escapeLines([''])]));
      return;
    }
    const subject = provider === undefined ? '' : `${provider}: `;
    const text = `${time} ${level} ${subject}${message}${hint === undefined ? '' : ` (${hint})`}`;
    this.#io.stderr(escapeLines([text, ...frames.map((frame) => `  ${frame}`)]));
  }
}
