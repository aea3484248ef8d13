import type { ErrorCode } from '../types/errors.ts';
import type { SyncResult } from '../types/sync-result.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  unreachable: 4,
  partial: 5,
  guarded: 6,
  changed: 7,
  deviating: 8,
  moved: 9,
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

const STATUS_OF_ERROR: Readonly<Record<ErrorCode, ExitStatus>> = {
  usage: EXIT.usage,
  configuration: EXIT.usage,
  unconfirmed: EXIT.usage,
  ambiguous: EXIT.usage,
  incomplete: EXIT.partial,
  'not-found': EXIT.failed,
  unauthenticated: EXIT.denied,
  forbidden: EXIT.denied,
  unreachable: EXIT.unreachable,
  certificate: EXIT.unreachable,
  'node-unreachable': EXIT.unreachable,
  timeout: EXIT.unreachable,
  parameter: EXIT.failed,
  'no-endpoint': EXIT.failed,
  'no-such-guest': EXIT.failed,
  server: EXIT.failed,
  malformed: EXIT.failed,
  limit: EXIT.failed,
  'wrong-cluster': EXIT.failed,
  locked: EXIT.failed,
  database: EXIT.failed,
  altered: EXIT.failed,
  'database-newer': EXIT.failed,
  refused: EXIT.failed,
  moved: EXIT.moved,
  uncertain: EXIT.partial,
  interrupted: EXIT.interrupted,
};

/** The first of these that one of several providers ended with is the status of the whole. */
const WORST_FIRST: readonly ExitStatus[] = [
  EXIT.interrupted,
  EXIT.failed,
  EXIT.usage,
  EXIT.denied,
  EXIT.unreachable,
  EXIT.guarded,
  EXIT.partial,
  EXIT.changed,
];

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(STATUS_OF_ERROR, code);
}

/** Of a code that this version does not know: failed. */
export function statusOfError(code: string): ExitStatus {
  return isErrorCode(code) ? STATUS_OF_ERROR[code] : EXIT.failed;
}

export function statusOfResult(result: Pick<SyncResult, 'outcome' | 'error'>): ExitStatus {
  switch (result.outcome) {
    case 'complete':
      return EXIT.done;
    case 'partial':
      return EXIT.partial;
    case 'guarded':
      return EXIT.guarded;
    case 'failed':
      return statusOfError(result.error?.code ?? 'server');
  }
}

export function worstStatus(statuses: readonly ExitStatus[]): ExitStatus {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? EXIT.done;
}
