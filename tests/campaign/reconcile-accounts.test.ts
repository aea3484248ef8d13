import { describe, expect, it } from '@jest/globals';
import type { FindingRepository } from '../../src/repositories/reconcile/finding-repository.ts';
import type { ReconcileRepository, ReconcileWrite } from '../../src/repositories/reconcile/reconcile-repository.ts';
import { ReconcileService } from '../../src/services/reconcile/reconcile-service.ts';
import { AppError } from '../../src/types/errors.ts';
import type { StoredPanel } from '../../src/types/panel.ts';
import { Random } from './random.ts';
import { PANEL, RandomWorld } from './reconcile-world.ts';

const NOW = new Date(Date.UTC(2026, 10, 1));
const by = 'root';
const { signal } = new AbortController();

/** A service over a random world whose database keeps what is written, except of one account. */
function openService(seed: number, brokenKey: string | null) {
  const world = new RandomWorld(new Random(seed), () => NOW, 60);
  const writes: ReconcileWrite[] = [];
  let readings = 0;
  const repository: Pick<ReconcileRepository, 'links' | 'moves' | 'apply' | 'lastRun'> = {
    links: async () => new Map(),
    moves: async () => world.moves,
    lastRun: async () => null,
    apply: async (write) => {
      if (brokenKey !== null && write.run.accountKey === brokenKey) throw new AppError('database', 'it is full');
      writes.push(write);
    },
  };
  const panel = { ...PANEL, lastCompleteAt: null } as unknown as StoredPanel;
  let ids = 0;
  const service = new ReconcileService({
    reportingProviders: async () => new Set<string>(),
    inventory: { listGuests: async () => world.rows, syncStatus: async () => world.statuses },
    repository: repository as ReconcileRepository,
    findings: { list: async () => [] } as unknown as FindingRepository,
    accounts: { list: async () => [] } as never,
    panels: async () => [panel],
    open: async () => ({
      scope: { providers: [], selectors: [] },
      read: async () => {
        readings += 1;
        return { records: world.records, doubt: null };
      },
      close: async () => undefined,
    }),
    accountRules: async () => ({
      rules: [{ kind: 'tag', pattern: 'owner-*', system: PANEL.name }],
      files: new Map(),
    }),
    clock: () => NOW,
    newId: () => String(++ids),
  });
  return { service, writes, readings: () => readings };
}

const keysOf = (writes: readonly ReconcileWrite[]) =>
  writes.flatMap(({ found }) => found.map(({ key }) => key)).toSorted();

describe('a comparison of all accounts', () => {
  it('finds what one of everything finds, each finding in the part of its account, by one reading', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const [whole, parts] = [openService(seed, null), openService(seed, null)];
      const report = await whole.service.run({ by, signal });
      const summed = await parts.service.runAccounts({ by, signal });
      expect(keysOf(parts.writes)).toEqual(keysOf(whole.writes));
      expect(summed.counts).toEqual(report.counts);
      const isOwn = ({ run, found }: ReconcileWrite) => found.every(({ accountKey }) => accountKey === run.accountKey);
      expect(parts.writes.filter((write) => !isOwn(write))).toEqual([]);
      expect(parts.readings()).toBe(1);
      expect(parts.writes.length).toBeGreaterThan(3);
    }
  });

  it('stores the others where one account cannot be stored, and counts and names it', async () => {
    const [whole, broken] = [openService(1, null), openService(1, 'cp:3')];
    await whole.service.runAccounts({ by, signal });
    const report = await broken.service.runAccounts({ by, signal });
    expect(report).toMatchObject({
      outcome: 'partial',
      counts: { errors: 1 },
      issues: [{ what: 'account cp:3', message: 'it is full' }],
    });
    const others = whole.writes.filter(({ run }) => run.accountKey !== 'cp:3');
    expect(keysOf(broken.writes)).toEqual(keysOf(others));
    expect(keysOf(others).length).toBeLessThan(keysOf(whole.writes).length);
  });

  it('tells an account of what is its own alone', async () => {
    const { service, writes } = openService(2, null);
    await service.runAccounts({ by, signal });
    const one = openService(2, null);
    const report = await one.service.run({ by, signal, accountKey: 'cp:3' });
    const part = writes.find(({ run }) => run.accountKey === 'cp:3');
    expect(part?.run.counts).toEqual(report.counts);
    expect(report.counts.guests).toBeLessThan(20);
  });
});
