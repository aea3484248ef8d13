import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import { hourOf } from '../../src/types/billing.ts';
import { Random } from '../campaign/random.ts';
import { at, CONFIG } from '../helpers/plans.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { emptyState, observe, vm } from '../helpers/sync-state.ts';
import { tempDir } from '../helpers/temp.ts';
import { start } from '../watch/processes.ts';
import { PRICES } from './billing-world.ts';

const ROUNDS = Number(process.env['ROLLCALL_BILLING_ROUNDS'] ?? 6);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const GUESTS = 60;
const HOURS_A_ROUND = 24;
const dir = tempDir();
let ids: string[];
const first = hourOf(new Date()) - (ROUNDS + 1) * HOURS_A_ROUND;
let connection: Connection;
let env: Record<string, string>;

beforeAll(async () => {
  const url = await databaseAt(path.join(dir, 'killed.db'));
  env = { DATABASE_URL: url, XDG_CONFIG_HOME: dir, HOME: dir };
  connection = await openDatabase(url);
  const repository = new SyncRepository(connection);
  const { id } = await repository.ensureProvider(CONFIG, at(0));
  const runs = new SyncRuns(emptyState({ providerId: id }));
  const vmids = Array.from({ length: GUESTS }, (_, index) => 100 + index);
  const { plan } = runs.run(observe(0, { guests: vmids.map((vmid) => vm(vmid)) }));
  await repository.apply({ ...plan, sightings: null });
  ids = vmids.map((vmid) => runs.idOf(vmid) ?? '');
  for (const [index, guestId] of ids.entries()) {
    await connection.db.finding.create({
      data: {
        id: `f${index}`,
        kind: 'external-server',
        key: `f${index}`,
        openKey: `f${index}`,
        severity: 'high',
        panelName: '',
        guestId,
        accountKey: 'acme',
        subject: `vm-${100 + index}`,
        evidence: { text: 'nobody pays for it', comparisons: [], guests: [], records: [] },
        firstSeenAt: at(0),
        lastSeenAt: at(0),
      },
    });
  }
  writeFileSync(path.join(dir, 'prices.yaml'), PRICES);
  expect(await start(['billing', 'prices', 'set', path.join(dir, 'prices.yaml')], env).ended).toBe(0);
}, 60_000);
afterAll(() => connection.close());

/** Everybody ran for another day. */
async function passHours(round: number): Promise<void> {
  const size = { cpus: 2, memoryBytes: 2n ** 31n, diskBytes: 2n ** 35n };
  const fromHour = first + round * HOURS_A_ROUND;
  const toHour = fromHour + HOURS_A_ROUND;
  await connection.db.sighting.createMany({
    data: ids.map((guestId) => ({ guestId, state: 'running', fromHour, toHour, ...size })),
  });
}

it(
  `charges no hour twice and loses none, whoever is killed and when (${ROUNDS} rounds)`,
  async () => {
    const random = new Random(SEED);
    let kills = 0;
    /** Rounds in which the kill came before everything was applied. */
    let cut = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await passHours(round);
      const proposing = [0, 1].map(() => start(['billing', 'propose', '--quiet'], env));
      await Promise.all(proposing.map(({ ended }) => ended));
      const applying = [0, 1, 2].map(() => start(['billing', 'apply', '--all', '--yes', '--quiet'], env));
      await sleep(100 + random.below(350));
      const [victim] = random.shuffle(applying);
      if (victim?.child.exitCode === null && victim.child.kill('SIGKILL')) kills += 1;
      if ((await connection.db.billingProposal.count({ where: { state: 'open' } })) > 0) cut += 1;
      const late = start(['billing', 'propose', '--quiet'], env);
      await Promise.all([...applying, late].map(({ ended }) => ended));
      const { problems } = await verifyHistory(new AuditRepository(connection));
      expect(problems).toEqual([]);
    }
    for (let again = 0; again < 2; again += 1) {
      await start(['billing', 'propose'], env).ended;
      expect(await start(['billing', 'apply', '--all', '--yes'], env).ended).toBe(0);
    }
    const charges = await connection.db.transaction.findMany({ where: { kind: 'charge' } });
    const hours = charges.flatMap(({ guestId, fromHour, toHour }) =>
      Array.from({ length: (toHour ?? 0) - (fromHour ?? 0) }, (_, index) => `${guestId} ${(fromHour ?? 0) + index}`),
    );
    process.stdout.write(
      `billing: ${hours.length} hours in ${charges.length} transactions, ${kills} kills, ${cut} of them in the middle (seed ${SEED})\n`,
    );
    expect(new Set(hours).size).toBe(hours.length);
    expect(hours).toHaveLength(GUESTS * ROUNDS * HOURS_A_ROUND);
    expect(await connection.db.billedServer.count()).toBe(GUESTS);
    expect((await verifyHistory(new AuditRepository(connection))).problems).toEqual([]);
  },
  60_000 + ROUNDS * 30_000,
);
