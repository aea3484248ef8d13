import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { databaseAt } from '../helpers/postgres.ts';
import type { Operation } from '../helpers/pyvmomi.ts';
import { describeVsphere, READER, vcsim } from '../helpers/vcsim.ts';
import { type Ran, runProgram } from '../helpers/world.ts';

interface ShownChange {
  rev: number;
  resourceType: string;
  name: string;
  kind: string;
  event: string | null;
  path: string;
  before: string | number | null;
  after: string | number | null;
  actor: string | null;
  confidence: string;
}

type Deed = readonly [user: 'alice' | 'bob', operation: Operation, vm: string | null, args?: object];

const [FIRST, SECOND] = ['DC0_C0_RP0_VM0', 'DC0_C0_RP0_VM1'];

/** What two people do in the course of a day, and what the run after it records of it. vcsim tells of no renaming and no snapshot. */
const DAY: readonly { deeds: readonly Deed[]; recorded: readonly string[] }[] = [
  {
    deeds: [
      ['alice', 'power-off', FIRST],
      ['bob', 'reconfigure', SECOND, { memoryMB: 64 }],
    ],
    recorded: [`${FIRST} status running → stopped: alice exact`, `${SECOND} memory 32 → 64: bob exact`],
  },
  {
    deeds: [
      ['alice', 'reconfigure', FIRST, { numCPUs: 2 }],
      ['bob', 'power-off', SECOND],
      ['alice', 'create', null, { name: 'db-01' }],
    ],
    recorded: [
      `${FIRST} sockets 1 → 2: alice likely`,
      `${SECOND} status running → stopped: bob exact`,
      'db-01 created: alice exact',
    ],
  },
  {
    deeds: [
      ['bob', 'power-on', 'db-01'],
      ['alice', 'power-on', FIRST],
      ['bob', 'clone', SECOND, { name: 'db-02' }],
    ],
    recorded: [
      `${FIRST} status stopped → running: alice exact`,
      'db-01 status stopped → running: bob exact',
      'db-02 cloned: bob exact',
    ],
  },
  {
    deeds: [
      ['alice', 'reconfigure', SECOND, { annotation: 'of alice' }],
      ['bob', 'reconfigure', SECOND, { memoryMB: 128 }],
      ['bob', 'suspend', FIRST],
    ],
    recorded: [
      `${FIRST} status running → suspended: bob exact`,
      `${SECOND} description - → of alice: alice exact`,
      `${SECOND} memory 64 → 128: bob exact`,
    ],
  },
  {
    deeds: [
      ['alice', 'power-on', FIRST],
      ['bob', 'snapshot-create', SECOND, { name: 'before' }],
      ['alice', 'rename', 'db-02', { name: 'db-old' }],
    ],
    recorded: [
      `${FIRST} status suspended → running: alice exact`,
      `${SECOND} snapshot.before.time - → TIME: unknown none`,
      'db-old name db-02 → db-old: unknown none',
    ],
  },
  {
    deeds: [
      ['bob', 'destroy', 'db-old'],
      ['alice', 'reconfigure', SECOND, { memoryMB: 256 }],
      ['bob', 'reconfigure', SECOND, { memoryMB: 512 }],
    ],
    recorded: [`${SECOND} memory 128 → 512: bob exact`, 'db-old removed: bob exact'],
  },
  {
    deeds: [
      ['bob', 'power-off', 'db-01'],
      ['alice', 'power-on', 'db-01'],
      ['alice', 'power-off', FIRST],
      ['bob', 'power-on', FIRST],
      ['alice', 'power-off', FIRST],
    ],
    recorded: [`${FIRST} status running → stopped: alice exact`],
  },
];

/** Two clocks are known to agree within this only: what happens nearer to a run has no certain place before or after it. */
const CLOCK_ERROR_MS = 2_600;

describeVsphere('a day of two people', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-day-'));
  const world = vcsim({ vms: 2, hosts: 2 });
  let ids = 0;
  beforeAll(async () => {
    writeFileSync(path.join(dir, 'vcenter.pem'), world.server.certificate);
    const login = `--user ${READER.user} --password env:VC_PASSWORD --ca-file vcenter.pem`;
    await rollcall(`providers add vc --type vsphere --endpoint ${world.server.url} ${login}`);
    await rollcall('discover-all --quiet');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function rollcall(line: string): Promise<Ran> {
    const databaseUrl = await databaseAt(path.join(dir, 'rollcall.db'));
    return runProgram(line, {
      env: { VC_PASSWORD: READER.password, DATABASE_URL: databaseUrl, HOME: dir },
      cwd: dir,
      clock: () => new Date(),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  }

  async function headOf(): Promise<{ revisions: number; ok: boolean }> {
    return (await rollcall('verify -o json')).json as { revisions: number; ok: boolean };
  }

  /** `DC0_C0_RP0_VM0 status running → stopped: alice exact`. */
  async function recordedSince(rev: number): Promise<string[]> {
    const changes = (await rollcall('show-changes --limit 1000 -o json')).json as ShownChange[];
    const own = changes.filter((one) => one.rev > rev && one.resourceType === 'guest');
    const lines = own.map(({ name, kind, event, path: field, before, after, actor, confidence }) => {
      const what = kind === 'changed' ? `${field} ${before ?? '-'} → ${after ?? '-'}` : (event ?? kind);
      return `${name} ${what}: ${actor ?? 'unknown'} ${confidence}`;
    });
    return lines.map((line) => line.replace(/\b\d{10}\b/, 'TIME')).toSorted();
  }

  it('is recorded as it was, with the one who did it or nobody', async () => {
    for (const { deeds, recorded } of DAY) {
      const { revisions } = await headOf();
      await sleep(CLOCK_ERROR_MS);
      for (const [user, operation, vm, args] of deeds) await world.hand.as(user, operation, vm, args);
      await sleep(CLOCK_ERROR_MS);
      const { rows } = await rollcall('discover-all -o json');
      expect(rows).toEqual([expect.objectContaining({ outcome: 'complete' })]);
      expect(await recordedSince(revisions)).toEqual(recorded.toSorted());
    }
    expect(await headOf()).toMatchObject({ ok: true });
  }, 240_000);
});
