import { inspect, types } from 'node:util';
import { redactText } from '../text/redact-text.ts';
import { escapeLines, type SafeText } from './output/escape.ts';
import { stackLines } from './source-stack.ts';

/** What is printed for an error that is no AppError: a bug, whose message may hold text, and secrets, from anywhere. */
export function bugText(error: unknown): SafeText {
  const [first = '', ...frames] = linesOf(error);
  return escapeLines([
    `error: this is a bug in Rollcall: ${first}`,
    ...frames,
    'hint: please report it with the command line that led to it',
  ]);
}

function linesOf(error: unknown): string[] {
  // Not `instanceof Error`: errors made by Node itself may be of another realm.
  if (types.isNativeError(error)) return stackLines(redactText(error.stack ?? error.message));
  return [redactText(inspect(error, { breakLength: Number.POSITIVE_INFINITY }))];
}
