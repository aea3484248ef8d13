import { describe, expect, it } from '@jest/globals';
import type { TakenOver } from '../../src/repositories/operations/operation-claims.ts';
import { type JobDeps, OperationJob, TTL_MS } from '../../src/services/operations/operation-job.ts';
import { AppError } from '../../src/types/errors.ts';
import type { Operation } from '../../src/types/operation.ts';

const CLAIM = { id: 'op1', holder: '1@here#aa.bb' };
const OPERATION: Operation = {
  id: 'op1',
  kind: 'sync',
  providerId: 'p1',
  providerName: 'prod',
  parameters: {},
  state: 'running',
  requestedBy: 'alice',
  requestedVia: 'web',
  requestedAt: new Date(0),
  startedAt: new Date(0),
  finishedAt: null,
  progress: null,
  result: null,
  error: null,
  cancelledBy: null,
  alsoAskedBy: [],
  version: 1,
};

/** An operation that runs until it is stopped. */
function started(claims: Partial<JobDeps['claims']>, { operation = OPERATION, claimedMs = performance.now() } = {}) {
  const refuse = () => Promise.reject(new AppError('database', 'the database does not answer'));
  return new OperationJob(operation, CLAIM, {
    claims: { renew: refuse, recordProgress: refuse, finish: refuse, takeOver: refuse, ...claims },
    perform: (_operation, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    clock: () => new Date(0),
    onBug: (error) => {
      throw error;
    },
    claimedMs,
  });
}

it.each(['stopped', 'cancelled', 'lost'] as const)(
  'an operation that was %s ends with its claim while the database is away',
  async (why) => {
    const job = started({}, { claimedMs: performance.now() - TTL_MS + 5100 });
    job.stop(why, 'bob');
    await job.ended;
  },
);

describe('an operation whose process is stopped', () => {
  const given = async (operation: Operation): Promise<TakenOver[]> => {
    const all: TakenOver[] = [];
    const job = started({ takeOver: async (_claim, to) => all.push(to) > 0 }, { operation });
    job.stop('stopped');
    await job.ended;
    return all;
  };

  it('waits again as it did before, if it only reads', async () => {
    expect(await given(OPERATION)).toEqual([{ state: 'waiting', error: null }]);
    const error = { code: 'interrupted', message: 'a crash from before', hint: null };
    expect(await given({ ...OPERATION, error })).toEqual([{ state: 'waiting', error }]);
  });

  it('has failed, if nobody knows how far it came', async () => {
    expect(await given({ ...OPERATION, kind: 'trust' })).toMatchObject([
      { state: 'failed', error: { message: 'the process that performed it was stopped: 1@here' } },
    ]);
  });
});
