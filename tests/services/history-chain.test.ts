import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { InventoryRepository } from '../../src/repositories/inventory/inventory-repository.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { PruneRepository } from '../../src/repositories/maintenance/prune-repository.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import { LedgerRepository } from '../../src/repositories/reconcile/ledger-repository.ts';
import { pruneHistory } from '../../src/services/history/prune.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { AppError } from '../../src/types/errors.ts';
import { COLUMNS, type Edit, edit, perform, withTable } from '../helpers/chain-edits.ts';
import { type Action, action, beginStory, explainOf, type Outcome, operateOf, syncOf } from '../helpers/chain-story.ts';
import { toFirstFormat } from '../helpers/first-format.ts';
import { at } from '../helpers/plans.ts';
import { databaseAt, onSqlite } from '../helpers/postgres.ts';
import { shownHistory } from '../helpers/shown-history.ts';
import { tempDir } from '../helpers/temp.ts';

const file = path.join(tempDir(), 'rollcall.db');

const RUNS = Number(process.env['ROLLCALL_PROPERTY_RUNS'] ?? 80);
/** A story has some hundred transactions, and the machine may be busy. */
const PATIENCE_MS = Math.max(600_000, 10_000 * RUNS);

function outcomeOf(type: Outcome['type']) {
  return (place: number, document: Outcome['document'], over: Partial<Outcome> = {}): Outcome => ({
    type,
    place,
    document,
    actor: 'alice@pve',
    evidence: 'task',
    hasKeyframe: false,
    isSplit: false,
    ...over,
  });
}

const VM = { node: 'pve1', status: 'running', name: 'web', memory: 1, tags: ['a'] };
const NODE = { status: 'online', version: '8.4.1', cpus: 8, memoryBytes: 2 ** 36 };
const STORAGE = { type: 'dir', content: ['images'], shared: false };
const vm = outcomeOf('guest');
const host = outcomeOf('node');
const store = outcomeOf('storage');

/** Everything that there is: created, changed, thinned and removed, of either format, by tasks and by lines of the log. */
const EVENTFUL: readonly Action[] = [
  { do: 'sync', provider: 0, outcomes: [vm(0, VM), host(0, NODE, { evidence: 'none' }), store(0, STORAGE)] },
  { do: 'sync', provider: 0, outcomes: [vm(0, { ...VM, memory: 2 }, { evidence: 'log', actor: 'bob@pve' })] },
  { do: 'prune', keep: 0 },
  {
    do: 'sync',
    provider: 1,
    outcomes: [0, 1].flatMap((place) => [vm(place, VM), host(place, NODE), store(place, STORAGE)]),
  },
  { do: 'sync', provider: 1, outcomes: [vm(0, { ...VM, memory: 2, name: 'db' }, { isSplit: true, evidence: 'log' })] },
  { do: 'sync', provider: 0, outcomes: [vm(0, { ...VM, memory: 3 }), vm(1, { ...VM, memory: 3 })] },
  { do: 'prune', keep: 1 },
  {
    do: 'sync',
    provider: 1,
    outcomes: [0, 1].flatMap((place) => [vm(place, null), host(place, null), store(place, null)]),
  },
  { do: 'sync', provider: 0, outcomes: [vm(0, { ...VM, memory: 4 }, { evidence: 'log', hasKeyframe: true })] },
  { do: 'sync', provider: 0, outcomes: [vm(0, { ...VM, memory: 5 }, { evidence: 'event' })] },
  { do: 'sync', provider: 0, outcomes: [vm(0, { ...VM, memory: 6 }, { evidence: 'event', actor: 'bob@pve' })] },
  { do: 'sync', provider: 1, outcomes: [vm(0, VM), host(0, NODE, { evidence: 'none' }), store(0, STORAGE)] },
  { do: 'sync', provider: 1, outcomes: [vm(0, { ...VM, memory: 7 }, { evidence: 'none' })] },
  { do: 'explain', provider: 1, evidence: 'log' },
  { do: 'sync', provider: 1, outcomes: [vm(0, { ...VM, memory: 8 }, { evidence: 'none' })] },
  { do: 'explain', provider: 1, evidence: 'task' },
  {
    do: 'sync',
    provider: 0,
    outcomes: [7, 8].map((memory, place) => vm(place, { ...VM, memory }, { evidence: 'none' })),
  },
  { do: 'explain', provider: 0, evidence: 'event' },
  { do: 'operate', guests: 2 },
  { do: 'operate', guests: 1 },
];

interface Story {
  actions: readonly Action[];
  /** How many of the first actions an earlier version did, in format 1. */
  first: number;
  /** After which action the edit comes. */
  editAfter: number;
  edit: Edit;
}

const story: fc.Arbitrary<Story> = fc.record({
  actions: fc.array(action, { minLength: 3, maxLength: 9 }),
  first: fc.oneof(fc.constant(0), fc.nat(6)),
  editAfter: fc.nat(7),
  edit,
});

onSqlite.describe('the chain', 'its rows are edited in the file, and PostgreSQL has the same columns', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openDatabase(await databaseAt(file));
    // Thousands of transactions, and nobody cuts the power.
    await connection.db.$queryRawUnsafe('PRAGMA synchronous = OFF');
  });
  afterAll(() => connection.close());

  const verify = () => verifyHistory(new AuditRepository(connection));

  /** What an AppError refused; anything else is a bug. */
  async function act(one: Action, step: number): Promise<AppError | null> {
    try {
      if (one.do === 'sync') await syncOf(connection, step, one.outcomes, one.provider);
      else if (one.do === 'explain') await explainOf(connection, step, one);
      else if (one.do === 'operate') await operateOf(connection, step, one.guests);
      else {
        const repositories = { prune: new PruneRepository(connection), audit: new AuditRepository(connection) };
        await pruneHistory(repositories, { before: at(100 * (step - one.keep) + 50), now: at(100 * (step + 1)) });
      }
      return null;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  /** Plays a story; what was refused on the way, and whether the edit could be made. */
  async function play({ actions, first }: Pick<Story, 'actions' | 'first'>, later?: Pick<Story, 'editAfter' | 'edit'>) {
    await beginStory(connection);
    const refusals: AppError[] = [];
    let wasEdited = false;
    // Not before the earlier version is done.
    const editAt = later && Math.min(Math.max(first - 1, later.editAfter), actions.length - 1);
    for (const [step, one] of actions.entries()) {
      // An earlier version explained nothing later, and did nothing to guests.
      const isLater = one.do === 'explain' || one.do === 'operate';
      const refused = step < first && isLater ? null : await act(one, step);
      if (refused !== null) refusals.push(refused);
      if (step < first) await toFirstFormat(connection);
      if (later && step === editAt) wasEdited = perform(file, later.edit);
    }
    return { refusals, wasEdited };
  }

  /** A server of the account book with one charge. */
  async function bill(): Promise<void> {
    const [proposalId, guestId, serverId, now] = ['proposal', 'guest-1', 'server-1', at(6000)];
    const detail = { server: null, hours: [], why: [], doubts: [] };
    const asked = {
      kind: 'create',
      key: 'k',
      openKey: 'k',
      state: 'open',
      accountKey: 'acme',
      panelName: '',
      subject: 'web',
    };
    await connection.db.billingProposal.create({ data: { id: proposalId, guestId, detail, createdAt: now, ...asked } });
    const size = { cpus: 2, memoryBytes: 2 ** 31, diskBytes: 2 ** 35 };
    const names = { accountKey: 'acme', name: 'web', providerId: 'p', nativeId: '100', package: 'small' };
    const price = { fromHour: 10, toHour: 12, rate: '0.5', amount: '1', currency: 'EUR', priceVersion: 1 };
    const charge = { id: 't1', serverId, guestId, kind: 'charge', by: 'alice', reason: 'November', at: now } as const;
    const { why } = await new LedgerRepository(connection).apply(
      {
        proposalId,
        kind: 'create',
        guestId,
        server: { id: serverId, guestId, at: now, ...names, ...size },
        transactions: [{ proposalId, ...charge, ...price }],
        by: 'alice',
      },
      now,
    );
    expect(why).toBeNull();
  }

  describe('finds an edit of every column that it covers:', () => {
    beforeAll(async () => {
      await play({ actions: EVENTFUL, first: 3 });
      const repository = new ProviderRepository(connection, () => 'seal');
      for (const provider of await new InventoryRepository(connection).listProviders()) {
        await repository.confirm(provider, at(5000));
      }
      await bill();
      expect((await verify()).problems).toEqual([]);
    });

    it.each(COLUMNS)('$table $column', async ({ table, column }) => {
      let edits = 0;
      for (const row of [0, 1, 2, 3]) {
        for (const how of [row, row + 1, row + 2]) {
          await withTable(file, table, async () => {
            if (!perform(file, { do: 'update', table, column, row, how, other: row + 1 })) return;
            edits += 1;
            expect({ row, how, ...(await verify()) }).toMatchObject({ ok: false });
          });
        }
      }
      expect(edits).toBeGreaterThan(0);
    });
  });

  it(
    'verifies after any syncs and prunes of any format, and nothing is refused',
    async () => {
      await fc.assert(
        fc.asyncProperty(story, async (told) => {
          const { refusals } = await play(told);
          expect(refusals).toEqual([]);
          expect((await verify()).problems).toEqual([]);
        }),
        { numRuns: RUNS / 4 },
      );
    },
    PATIENCE_MS,
  );

  it(
    'finds or refuses every single edit of what is covered, whatever syncs and prunes follow',
    async () => {
      await fc.assert(
        fc.asyncProperty(story, async (told) => {
          const { refusals, wasEdited } = await play(told, told);
          fc.pre(wasEdited);
          const isRefused = refusals.some(({ code }) => code === 'altered' || code === 'database');
          if (!(await verify()).ok || isRefused) return;
          // Nothing of the edit is left, or it changed only how something is stored.
          const shown = await shownHistory(connection);
          await play(told);
          expect(shown).toEqual(await shownHistory(connection));
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE_MS,
  );
});
