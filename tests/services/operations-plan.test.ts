import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { OperationClaims } from '../../src/repositories/operations/operation-claims.ts';
import { OperationRepository } from '../../src/repositories/operations/operation-repository.ts';
import type { OpenOperation } from '../../src/repositories/operations/operation-rows.ts';
import { afterLoss, planWork } from '../../src/services/operations/plan-work.ts';
import { isEnded, type Operation, QUEUED_KINDS } from '../../src/types/operation.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const HOLDERS = ['me', 'dead', 'other'];
const provider = fc.constantFrom('p1', 'p2', null);
const kind = fc.constantFrom(...QUEUED_KINDS);

/** Whatever is in the queue: more than the database would allow. */
const open: fc.Arbitrary<OpenOperation[]> = fc
  .array(
    fc.record({
      kind,
      providerId: provider,
      isRunning: fc.boolean(),
      holder: fc.constantFrom(...HOLDERS),
      isOver: fc.boolean(),
      cancelledBy: fc.constantFrom('bob', null),
      isRepeated: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ isRunning, holder, isOver, ...row }, index) => ({
      ...row,
      id: `op${index}`,
      state: isRunning ? 'running' : 'waiting',
      providerName: row.providerId,
      holder: isRunning ? `${holder} ${index}` : null,
      isOver: isRunning && isOver,
    })),
  );

describe('what a worker plans', () => {
  it('begins one of each provider, leaves alone what others perform, and ends nothing but its own', () => {
    fc.assert(
      fc.property(open, fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), fc.nat(4), (rows, held, free) => {
        const mine = new Map(held.map((index) => [`op${index}`, `me ${index}`]));
        const isDead = (holder: string) => holder.startsWith('dead');
        const plan = planWork(rows, { mine, free, isDead, accepts: () => true });
        const of = (id: string) => rows.find((row) => row.id === id);
        const isMine = ({ id, holder }: OpenOperation) => holder !== null && mine.get(id) === holder;

        expect(plan.next.length).toBeLessThanOrEqual(free);
        const begun = plan.next.flatMap((id) => of(id)?.providerId ?? []);
        expect(new Set(begun).size).toBe(begun.length);
        for (const id of plan.next) expect([of(id)?.state, mine.has(id)]).toEqual(['waiting', false]);
        const busy = rows
          .filter((row) => row.state === 'running' || mine.has(row.id))
          .map(({ providerId }) => providerId);
        expect(begun.filter((id) => busy.includes(id))).toEqual([]);

        for (const { id, holder } of plan.gone) {
          const row = of(id);
          expect(row && !isMine(row) && (row.isOver || isDead(holder))).toBe(true);
        }
        for (const { id } of plan.cancelled) expect(rows.some((row) => row.id === id && isMine(row))).toBe(true);
        expect(new Set(plan.lost)).toEqual(
          new Set([...mine.keys()].filter((id) => !rows.some((row) => row.id === id && isMine(row)))),
        );
      }),
    );
  });

  it('repeats what only reads, once, and never what may have changed something', () => {
    fc.assert(
      fc.property(kind, fc.boolean(), fc.constantFrom('bob', null), (what, isRepeated, cancelledBy) => {
        const { state, error } = afterLoss({ kind: what, cancelledBy, isRepeated }, '7@here#aa.bb');
        const repeated = what !== 'trust' && !isRepeated ? 'waiting' : 'failed';
        expect(state).toBe(cancelledBy === null ? repeated : 'cancelled');
        expect(error?.code).toBe(state === 'cancelled' ? undefined : 'interrupted');
      }),
    );
  });

  it('does what was asked for first, first, of the providers that it accepts', () => {
    const rows = ['p2', 'p1', 'p2', 'p3'].map(
      (providerId, index): OpenOperation => ({
        id: `op${index}`,
        kind: 'sync',
        state: 'waiting',
        providerId,
        providerName: providerId,
        holder: null,
        isOver: false,
        cancelledBy: null,
        isRepeated: false,
      }),
    );
    const state = { mine: new Map<string, string>(), isDead: () => false };
    const accepts = ({ providerName }: Pick<OpenOperation, 'providerName'>) => providerName !== 'p1';
    expect(planWork(rows, { ...state, free: 4, accepts: () => true }).next).toEqual(['op0', 'op1', 'op3']);
    expect(planWork(rows, { ...state, free: 1, accepts: () => true }).next).toEqual(['op0']);
    expect(planWork(rows, { ...state, free: 4, accepts }).next).toEqual(['op0', 'op3']);
  });
});

type Step =
  | { do: 'ask'; kind: (typeof QUEUED_KINDS)[number]; provider: string }
  | { do: 'claim' | 'finish' | 'cancel' | 'lose' | 'progress'; index: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), kind, provider: fc.constantFrom('p1', 'p2') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('claim' as const, 'finish' as const, 'cancel' as const, 'lose' as const, 'progress' as const),
      index: fc.nat(5),
    }),
  },
);

describe('whatever is asked for, claimed, lost, cancelled and ended, in whatever order', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(path.join(dir, 'property.db')));
  });
  afterAll(() => connection.close());

  it('one of a provider runs, one of the same work is open, and what has ended stays as it is', async () => {
    const [repository, claims] = [new OperationRepository(connection), new OperationClaims(connection)];
    const now = new Date();
    const perform = async (one: Step, known: readonly Operation[], id: string): Promise<unknown> => {
      if (one.do === 'ask') {
        const { kind: what, provider: providerId } = one;
        const who = { requestedBy: 'a', requestedVia: 'cli', providerName: providerId } as const;
        const openKey = `${what} ${providerId}`;
        return repository.enqueue({ id, kind: what, providerId, parameters: {}, openKey, ...who }, now);
      }
      const target = known[one.index];
      if (target === undefined) return null;
      const claim = { id: target.id, holder: `h ${target.id}` };
      if (one.do === 'claim') return claims.claim(claim, { now, ttlMs: 1000 });
      if (one.do === 'finish') return claims.finish(claim, { state: 'done', result: 1, error: null }, now);
      if (one.do === 'cancel') return repository.requestCancel(target.id, { by: 'b', now });
      if (one.do === 'progress') return claims.recordProgress(claim, { step: 's', done: 1, total: 2 }, now);
      const { kind: what, cancelledBy, error } = target;
      const to = afterLoss({ kind: what, cancelledBy, isRepeated: error !== null }, claim.holder);
      return claims.takeOver({ ...claim, isDead: true }, to, now);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await connection.db.operation.deleteMany();
        const ended = new Map<string, unknown>();
        let known: Operation[] = [];
        for (const [index, one] of steps.entries()) {
          await perform(one, known, `op${String(index).padStart(3, '0')}`);
          known = (await repository.list({})).toSorted((a, b) => a.id.localeCompare(b.id));
          const running = known.filter(({ state }) => state === 'running').map(({ providerId }) => providerId);
          expect(new Set(running).size).toBe(running.length);
          const joinable = known
            .filter(({ state, cancelledBy }) => !isEnded(state) && cancelledBy === null)
            .map((row) => `${row.kind} ${row.providerId}`);
          expect(new Set(joinable).size).toBe(joinable.length);
          for (const row of known) {
            expect(row.finishedAt !== null).toBe(isEnded(row.state));
            if (ended.has(row.id)) expect(row).toEqual(ended.get(row.id));
            else if (isEnded(row.state)) ended.set(row.id, row);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
