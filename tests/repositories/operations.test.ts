import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { OperationClaims } from '../../src/repositories/operations/operation-claims.ts';
import { type AskedOperation, OperationRepository } from '../../src/repositories/operations/operation-repository.ts';
import { databaseAt, testDatabase } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const NOW = new Date('2026-11-21T10:00:00.000Z');
const TIME = { now: NOW, ttlMs: 30_000 };
const ERROR = { code: 'interrupted', message: 'gone', hint: null };

/** Two, as two processes have; one on SQLite, where a second one would wait for the first without letting it go on. */
let connections: Connection[];
let repository: OperationRepository;
let other: OperationRepository;
let claims: OperationClaims;
let otherClaims: OperationClaims;
let ids = 0;

beforeAll(async () => {
  const url = await databaseAt(path.join(dir, 'operations.db'));
  const one = await openDatabase(url);
  const two = testDatabase === 'sqlite' ? one : await openDatabase(url);
  connections = [...new Set([one, two])];
  [repository, other] = [new OperationRepository(one), new OperationRepository(two)];
  [claims, otherClaims] = [new OperationClaims(one), new OperationClaims(two)];
});
afterAll(() => Promise.all(connections.map((connection) => connection.close())));
beforeEach(async () => {
  await connections[0]?.db.operation.deleteMany();
});

function asked(over: Partial<AskedOperation> = {}): AskedOperation {
  const { kind = 'sync', providerId = 'p1' } = over;
  return {
    id: `op${String(++ids).padStart(6, '0')}`,
    kind,
    providerId,
    providerName: 'lab',
    parameters: {},
    requestedBy: 'alice',
    requestedVia: 'cli',
    openKey: `${kind} ${providerId}`,
    ...over,
  };
}

async function stateOf(id: string): Promise<string | null> {
  return (await repository.find(id))[0]?.state ?? null;
}

async function expire(id: string): Promise<void> {
  await connections[0]?.db.operation.update({ where: { id }, data: { holderUntil: new Date(0) } });
}

async function feedVersion(): Promise<number> {
  return (await connections[0]?.db.feedVersion.findFirst({ orderBy: { version: 'desc' } }))?.version ?? 0;
}

describe('asking', () => {
  it('gives the open operation to the next who asks for the same, and remembers who', async () => {
    const first = await repository.enqueue(asked(), NOW);
    expect(first).toMatchObject({ state: 'waiting', requestedBy: 'alice', alsoAskedBy: [], result: null });
    const second = await other.enqueue(asked({ requestedBy: 'bob' }), NOW);
    expect(second).toMatchObject({ id: first.id, requestedBy: 'alice', alsoAskedBy: ['bob'] });
    expect(second.version).toBeGreaterThan(first.version);
    const again = await repository.enqueue(asked({ requestedBy: 'bob' }), NOW);
    expect(again).toEqual(second);
    expect(await repository.enqueue(asked(), NOW)).toEqual(second);
  });

  it('makes one of what several processes ask for at the same moment', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `user${index}`);
    const all = await Promise.all(
      names.map((requestedBy, index) => (index % 2 === 0 ? repository : other).enqueue(asked({ requestedBy }), NOW)),
    );
    const id = all[0]?.id ?? '';
    expect(new Set(all.map((one) => one.id))).toEqual(new Set([id]));
    const [found] = await repository.find(id);
    expect(new Set([found?.requestedBy, ...(found?.alsoAskedBy ?? [])])).toEqual(new Set(names));
    expect(await repository.list({})).toHaveLength(1);
  });

  it('is a new operation once the first has ended, and once it is to be cancelled', async () => {
    const first = await repository.enqueue(asked(), NOW);
    await claims.claim({ id: first.id, holder: 'h' }, TIME);
    expect((await other.enqueue(asked(), NOW)).id).toBe(first.id);
    await repository.requestCancel(first.id, { by: 'bob', now: NOW });
    const second = await repository.enqueue(asked(), NOW);
    expect(second.id).not.toBe(first.id);
    await claims.finish({ id: first.id, holder: 'h' }, { state: 'cancelled', result: null, error: null }, NOW);
    await repository.requestCancel(second.id, { by: 'bob', now: NOW });
    expect((await repository.enqueue(asked(), NOW)).state).toBe('waiting');
    expect(await repository.list({})).toHaveLength(3);
  });
});

describe('claiming', () => {
  it('runs one operation of each provider, whoever claims at the same moment', async () => {
    const kinds = ['sync', 'test', 'trust'] as const;
    const all = [];
    for (const providerId of ['p1', 'p2']) {
      for (const kind of kinds) all.push(await repository.enqueue(asked({ kind, providerId }), NOW));
    }
    const tries = await Promise.all(
      all.flatMap(({ id }) => [
        claims.claim({ id, holder: `one ${id}` }, TIME),
        otherClaims.claim({ id, holder: `two ${id}` }, TIME),
      ]),
    );
    const won = tries.flatMap((operation) => operation ?? []);
    expect(won).toHaveLength(2);
    expect(new Set(won.map(({ providerId }) => providerId))).toEqual(new Set(['p1', 'p2']));
    expect(won.every(({ state, startedAt }) => state === 'running' && startedAt !== null)).toBe(true);
    const running = (await claims.listOpen(NOW)).filter(({ state }) => state === 'running');
    expect(running.map(({ id }) => id).toSorted()).toEqual(won.map(({ id }) => id).toSorted());
  });

  it('lets who has lost the claim write nothing', async () => {
    const { id } = await repository.enqueue(asked(), NOW);
    const lost = { id, holder: 'first' };
    await claims.claim(lost, TIME);
    expect(await otherClaims.takeOver({ ...lost, isDead: false }, { state: 'waiting', error: ERROR }, NOW)).toBe(false);
    await expire(id);
    expect(await otherClaims.takeOver({ ...lost, isDead: false }, { state: 'waiting', error: ERROR }, NOW)).toBe(true);
    await otherClaims.claim({ id, holder: 'second' }, TIME);
    expect(await claims.renew(lost, TIME)).toBe(false);
    expect(await claims.recordProgress(lost, { step: 'late', done: 1, total: 1 }, NOW)).toBe(false);
    expect(await claims.finish(lost, { state: 'done', result: 1, error: null }, NOW)).toBe(false);
    expect(await claims.takeOver({ ...lost, isDead: true }, { state: 'failed', error: ERROR }, NOW)).toBe(false);
    expect(await repository.find(id)).toMatchObject([{ state: 'running', progress: null, error: ERROR }]);
  });

  it('marks one that was begun before', async () => {
    const { id } = await repository.enqueue(asked(), NOW);
    expect(await claims.listOpen(NOW)).toMatchObject([{ id, state: 'waiting', isRepeated: false, isOver: false }]);
    await claims.claim({ id, holder: 'h' }, TIME);
    await claims.takeOver({ id, holder: 'h', isDead: true }, { state: 'waiting', error: ERROR }, NOW);
    expect(await claims.listOpen(NOW)).toMatchObject([{ id, state: 'waiting', isRepeated: true, holder: null }]);
    expect((await repository.enqueue(asked({ requestedBy: 'bob' }), NOW)).id).toBe(id);
    await claims.claim({ id, holder: 'i' }, TIME);
    await expire(id);
    expect(await claims.listOpen(NOW)).toMatchObject([
      { state: 'running', isRepeated: true, isOver: true, holder: 'i' },
    ]);
  });

  it('does not let one wait again that was cancelled meanwhile', async () => {
    const { id } = await repository.enqueue(asked(), NOW);
    const claim = { id, holder: 'h' };
    await claims.claim(claim, TIME);
    await repository.requestCancel(id, { by: 'bob', now: NOW });
    const gone = { ...claim, isDead: true };
    expect(await claims.takeOver(gone, { state: 'waiting', error: ERROR }, NOW)).toBe(false);
    expect(await claims.takeOver(gone, { state: 'cancelled', error: null }, NOW)).toBe(true);
    expect(await repository.find(id)).toMatchObject([{ state: 'cancelled', cancelledBy: 'bob', error: null }]);
  });
});

describe('cancelling', () => {
  it('ends what waits, marks what runs, and leaves what has ended', async () => {
    const waiting = await repository.enqueue(asked({ providerId: 'p1' }), NOW);
    const running = await repository.enqueue(asked({ providerId: 'p2' }), NOW);
    const claim = { id: running.id, holder: 'h' };
    await claims.claim(claim, TIME);
    const by = { by: 'bob', now: NOW };
    expect(await repository.requestCancel(waiting.id, by)).toMatchObject({ state: 'cancelled', cancelledBy: 'bob' });
    const marked = await repository.requestCancel(running.id, by);
    expect(marked).toMatchObject({ state: 'running', cancelledBy: 'bob', finishedAt: null });
    expect(await other.requestCancel(running.id, { by: 'carol', now: NOW })).toEqual(marked);
    await claims.finish(claim, { state: 'done', result: { a: 1 }, error: null }, NOW);
    expect(await repository.requestCancel(running.id, by)).toMatchObject({ state: 'done' });
    expect(await repository.requestCancel('nothing', by)).toBeNull();
    expect(await claims.listOpen(NOW)).toEqual([]);
  });

  it('begins what was claimed, or ends what was cancelled, and never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await repository.enqueue(asked({ openKey: `round ${round}`, providerId: `p${round}` }), NOW);
      const [claimed, cancelled] = await Promise.all([
        claims.claim({ id, holder: 'h' }, TIME),
        other.requestCancel(id, { by: 'bob', now: NOW }),
      ]);
      expect([claimed === null, cancelled?.state]).toEqual(claimed === null ? [true, 'cancelled'] : [false, 'running']);
    }
  });
});

describe('the record', () => {
  it('tells of every change by a version of the feed, and of a renewal by none', async () => {
    const versions = [await feedVersion()];
    const { id, version } = await repository.enqueue(asked(), NOW);
    versions.push(version);
    const claim = { id, holder: 'h' };
    versions.push((await claims.claim(claim, TIME))?.version ?? 0);
    expect(await claims.renew(claim, TIME)).toBe(true);
    await claims.recordProgress(claim, { step: 'reading', done: 1, total: null }, NOW);
    versions.push(await feedVersion());
    await claims.finish(claim, { state: 'done', result: [1], error: null }, NOW);
    versions.push(await feedVersion());
    const start = versions[0] ?? 0;
    expect(versions).toEqual([start, start + 1, start + 2, start + 3, start + 4]);
    expect(await repository.find(id)).toMatchObject([
      { state: 'done', version: start + 4, result: [1], progress: { step: 'reading', done: 1, total: null } },
    ]);
  });

  it('is found by an id or its beginning, and listed by state and provider, the newest first', async () => {
    const first = await repository.enqueue(asked({ id: 'aa1', providerId: 'p1' }), NOW);
    const second = await repository.enqueue(asked({ id: 'aa12', providerId: 'p2' }), new Date(NOW.getTime() + 1000));
    const listed = async (query: Parameters<OperationRepository['list']>[0]) =>
      (await repository.list(query)).map(({ id }) => id);
    expect((await repository.find('aa')).map(({ id }) => id)).toEqual(['aa1', 'aa12']);
    expect((await repository.find('aa1')).map(({ id }) => id)).toEqual(['aa1']);
    expect(await repository.find('b')).toEqual([]);
    expect(await listed({})).toEqual([second.id, first.id]);
    expect(await listed({ limit: 1 })).toEqual([second.id]);
    expect(await listed({ providers: ['p1'], states: ['waiting', 'done'] })).toEqual([first.id]);
    expect(await listed({ states: ['done'] })).toEqual([]);
    expect(await listed({ providers: [] })).toEqual([]);
  });

  it('keeps the unchanged guests of the newest sync of a provider only', async () => {
    const guests = ['a', 'b'];
    const end = async (kind: 'sync' | 'test', result: unknown): Promise<string> => {
      const { id } = await repository.enqueue(asked({ kind }), NOW);
      await claims.claim({ id, holder: id }, TIME);
      await claims.finish({ id, holder: id }, { state: 'done', result, error: null }, NOW);
      return id;
    };
    const result = async (id: string) => (await repository.find(id))[0]?.result;
    const first = await end('sync', { existingHosts: guests, newHosts: ['c'] });
    const second = await end('sync', { existingHosts: guests, newHosts: [] });
    const tested = await end('test', [{ step: 'tls' }]);
    expect(await result(first)).toEqual({ existingHosts: [], newHosts: ['c'] });
    expect(await result(second)).toEqual({ existingHosts: guests, newHosts: [] });
    expect(await result(tested)).toEqual([{ step: 'tls' }]);
    expect((await repository.list({})).map((one) => one.result)).toEqual([null, null, null]);
  });

  it('shows nobody but who performs it the seal of its parameters', async () => {
    const { id } = await repository.enqueue(asked({ parameters: { endpoint: 'e', seal: 's' } }), NOW);
    const shown = [...(await repository.find(id)), ...(await repository.list({}))];
    expect(shown.map(({ parameters }) => parameters)).toEqual([{ endpoint: 'e' }, { endpoint: 'e' }]);
    expect((await claims.claim({ id, holder: 'h' }, TIME))?.parameters).toEqual({ endpoint: 'e', seal: 's' });
    expect(await stateOf(id)).toBe('running');
  });
});
