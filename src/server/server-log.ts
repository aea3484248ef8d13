import { types } from 'node:util';
import type { FastifyBaseLogger } from 'fastify';

type Log = (level: 'warn' | 'error', message: string) => void;

/** What fastify and the routes say of failures, as lines of the program's log. Requests themselves are not logged. */
export function serverLog(log: Log): FastifyBaseLogger {
  const say = (level: 'warn' | 'error') => (about: unknown, message?: unknown) => log(level, textOf(about, message));
  const nothing = () => undefined;
  const made: FastifyBaseLogger = {
    level: 'warn',
    silent: nothing,
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: say('warn'),
    error: say('error'),
    fatal: say('error'),
    child: () => made,
  };
  return made;
}

function textOf(about: unknown, message: unknown): string {
  const words = typeof message === 'string' ? message : '';
  const error = typeof about === 'object' && about !== null && 'err' in about ? about.err : about;
  if (typeof error === 'string') return error;
  const why = types.isNativeError(error) ? (error.stack ?? error.message) : '';
  return [words, why].filter((part) => part !== '').join(': ');
}
