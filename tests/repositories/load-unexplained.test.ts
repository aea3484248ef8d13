import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { DatabaseProvider } from '../../src/types/migration.ts';
import { at, CONFIG, change, plan } from '../helpers/plans.ts';
import { postgres } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const server = postgres();

const NOBODY = {
  actor: null,
  token: null,
  source: 'none',
  via: null,
  ref: null,
  confidence: 'none',
  effectiveAt: null,
} as const;

function unexplained(resourceId: string, over: Partial<PlannedChange> = {}, notBefore: Date | null = at(0)) {
  return change(resourceId, { attribution: { ...NOBODY, notBefore }, ...over });
}

describe.each<DatabaseProvider>(['sqlite', 'postgresql'])('unexplained changes on %s', (provider) => {
  let connection: Connection;
  let repository: SyncRepository;
  let id: string;
  let seconds = 0;

  beforeAll(async () => {
    const url = provider === 'sqlite' ? `file:${path.join(dir, 'unexplained.db')}` : server.url;
    connection = await openDatabase(url);
    repository = new SyncRepository(connection);
  });
  afterAll(() => connection.close());
  beforeEach(async () => {
    id = (await repository.ensureProvider({ ...CONFIG, name: `home ${seconds}` }, at(seconds))).id;
  });

  async function store(...changes: readonly PlannedChange[]): Promise<Date> {
    seconds += 100;
    const run = { id: `run-${seconds}`, startedAt: at(seconds - 10), finishedAt: at(seconds) };
    await repository.apply(plan(id, { run, changes }));
    return run.finishedAt;
  }

  async function load(since: Date): Promise<string[]> {
    return (await repository.unexplained(id, since)).changes.map(({ resourceId }) => resourceId);
  }

  it('are those of guests that happened between two runs, oldest first', async () => {
    const first = await store(
      unexplained('g1'),
      unexplained('g2', { kind: 'removed' }),
      unexplained('seen first', {}, null),
      unexplained('observed', { event: 'observed' }),
      unexplained('n1', { resourceType: 'node' }),
      unexplained('s1', { resourceType: 'storage' }),
      change('explained'),
    );
    const second = await store(unexplained('g3', { kind: 'created', event: 'cloned' }));
    expect(await load(first)).toEqual(['g1', 'g2', 'g3']);
    expect(await load(second)).toEqual(['g3']);
    expect((await repository.unexplained(id, second)).changes).toMatchObject([
      { observedAt: at(seconds), readFrom: at(seconds - 10), notBefore: at(0), seq: expect.any(Number) },
    ]);
  });

  it('are the newest ones of whole runs, beside any number of others', async () => {
    const many = (of: (name: string) => PlannedChange) => Array.from({ length: 300 }, (_, index) => of(`${index}`));
    const since = await store(...many((name) => unexplained(`a${name}`)));
    await store(...many((name) => unexplained(`b${name}`)));
    await store(...many((name) => change(name)), ...many((name) => unexplained(name, {}, null)));
    const ids = await load(since);
    expect(ids).toHaveLength(300);
    expect([ids[0], ids.at(-1)]).toEqual(['b0', 'b299']);
  });

  it('are none of other providers', async () => {
    const since = await store(unexplained('g1'));
    expect((await repository.unexplained('other', since)).changes).toEqual([]);
  });
});
