import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab } from '../../src/lab/lab.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { OperationRepository } from '../../src/repositories/operations/operation-repository.ts';
import { QUEUED_KINDS } from '../../src/types/operation.ts';
import { Random } from '../campaign/random.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { tempDir } from '../helpers/temp.ts';
import { finish, start, until, withProviders } from '../watch/processes.ts';

const ROUNDS = Number(process.env['ROLLCALL_OPERATION_ROUNDS'] ?? 15);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const WORKERS = 3;
const program = fileURLToPath(new URL('operations-process.mjs', import.meta.url));
const dir = tempDir();

interface Note {
  what: 'begin' | 'step' | 'end';
  id: string;
  provider: string;
  pid: number;
}

let url: string;
let connection: Connection;
let server: Server;
let address: string;
const children = new Set<ChildProcess>();
/** Processes that can do nothing any more. */
const dead = new Set<number>();
const begun = new Map<string, number>();
/** What is done for each provider, and by whom. */
const active = new Map<string, Note>();
const atOnce: string[] = [];

/** Of a process that was killed, what it had sent may arrive late. */
function note({ what, id, provider, pid }: Note): void {
  if (what === 'begin') begun.set(id, (begun.get(id) ?? 0) + 1);
  if (dead.has(pid)) return;
  const other = active.get(provider);
  if (other !== undefined && !dead.has(other.pid) && (other.pid !== pid || other.id !== id)) {
    atOnce.push(`${what} ${id} by ${pid}, beside ${other.id} by ${other.pid}`);
  }
  if (what === 'end') active.delete(provider);
  else active.set(provider, { what, id, provider, pid });
}

beforeAll(async () => {
  url = await databaseAt(path.join(dir, 'operations.db'));
  connection = await openDatabase(url);
  server = createServer((request, response) => {
    const { what, id, provider, pid } = Object.fromEntries(new URL(request.url ?? '', 'http://here').searchParams);
    note({ what, id, provider, pid: Number(pid) } as Note);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await connection.close();
  server.closeAllConnections();
  server.close();
});

function begin(): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [program, url, address], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.add(child);
  return child;
}

function kill(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  child.kill('SIGKILL');
  dead.add(child.pid);
  children.delete(child);
}

it(
  `performs each operation once at a time, one of a provider, whoever is killed and when (${ROUNDS} rounds)`,
  async () => {
    const random = new Random(SEED);
    const repository = new OperationRepository(connection);
    const workers = Array.from({ length: WORKERS }, begin);
    const cancelled = new Set<string>();
    let kills = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let more = random.below(4) + 1; more > 0; more -= 1) {
        const [kind, providerId] = [random.pick(QUEUED_KINDS), random.pick(['p1', 'p2', 'p3'])];
        const who = {
          requestedBy: random.pick(['alice', 'bob']),
          requestedVia: 'api',
          providerName: providerId,
        } as const;
        const asked = { id: random.id(), kind, providerId, parameters: {}, openKey: `${kind} ${providerId}`, ...who };
        const { id } = await repository.enqueue(asked, new Date());
        if (!random.chance(0.15)) continue;
        cancelled.add(id);
        await sleep(random.below(300));
        await repository.requestCancel(id, { by: 'carol', now: new Date() });
      }
      // Until something is done that can be interrupted, and then to any point of it.
      await until('something runs', async () => active.size > 0 || (await idle(repository)));
      await sleep(random.below(250));
      const index = random.below(WORKERS);
      kill(workers[index]);
      kills += 1;
      workers[index] = begin();
    }
    await until('every operation has ended', () => idle(repository));
    for (const worker of workers) worker.kill('SIGTERM');
    const statuses = await Promise.all(
      workers.map(async (worker) => worker.exitCode ?? (await once(worker, 'exit'))[0]),
    );
    for (const worker of workers) children.delete(worker);

    expect(atOnce).toEqual([]);
    // One that has begun to start may end before it listens for signals.
    for (const status of statuses) expect([0, null]).toContain(status);
    const rows = await connection.db.operation.findMany();
    for (const { id, kind, state, error, ...row } of rows) {
      const times = begun.get(id) ?? 0;
      expect(times).toBeLessThanOrEqual(kind === 'trust' ? 1 : 2);
      if (state === 'done') expect(times).toBeGreaterThan(0);
      if (state === 'cancelled') expect(cancelled.has(id)).toBe(true);
      if (state === 'failed') expect(error).toMatchObject({ code: 'interrupted' });
      expect({ state, finishedAt: row.finishedAt }).toEqual({
        state: expect.stringMatching(/^(?:done|failed|cancelled)$/),
        finishedAt: expect.any(Date),
      });
      const { openKey, runningKey, holder, holderUntil } = row;
      expect([openKey, runningKey, holder, holderUntil]).toEqual([null, null, null, null]);
    }
    expect(new Set(rows.map(({ version }) => version)).size).toBe(rows.length);
    const count = (state: string) => rows.filter((row) => row.state === state).length;
    const repeated = [...begun.values()].filter((times) => times > 1).length;
    process.stdout.write(
      `operations: ${rows.length} (${count('done')} done, ${count('failed')} failed, ${count('cancelled')} cancelled), ${repeated} begun again, ${kills} kills (seed ${SEED})\n`,
    );
  },
  60_000 + ROUNDS * 20_000,
);

async function idle(repository: OperationRepository): Promise<boolean> {
  return (await repository.list({ states: ['waiting', 'running'] })).length === 0;
}

it('a watch performs what another one was killed over', async () => {
  const lab = await startLab({ nodes: 2, vms: 3, containers: 1 });
  const databaseUrl = await databaseAt(path.join(dir, 'watched.db'));
  const env = await withProviders([lab], databaseUrl);
  expect(await finish(['discover-all', '--quiet'], env)).toMatchObject({ status: 0 });
  const watched = await openDatabase(databaseUrl);
  const repository = new OperationRepository(watched);
  const [provider] = await watched.db.provider.findMany();
  const watch = ['watch', '--interval', '1d', '--no-feeds'];
  const unhang = lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'delay', ms: 5000 } });
  const first = start(watch, env);
  const who = {
    requestedBy: 'alice',
    requestedVia: 'api',
    providerName: 'lab0',
    providerId: provider?.id ?? '',
  } as const;
  const asked = { id: 'a'.repeat(16), kind: 'sync', parameters: {}, openKey: 'the same', ...who } as const;
  const { id } = await repository.enqueue(asked, new Date());
  await until('it is under way', () => lab.requests.some(({ path: at }) => at.startsWith('/cluster/resources')));
  first.child.kill('SIGKILL');
  await first.ended;
  unhang();
  const second = start(watch, env);
  await until('it has ended', async () => (await repository.find(id))[0]?.state === 'done');
  expect(await repository.find(id)).toMatchObject([
    { error: null, result: { outcome: 'complete', providerName: 'lab0' } },
  ]);
  const shown = await finish(['operations', 'show', 'aaa', '-o', 'json'], env);
  expect(JSON.parse(shown.stdout)).toMatchObject({ id, state: 'done', requestedBy: 'alice', requestedVia: 'api' });
  second.terminate();
  expect(await second.ended).toBe(0);
  expect(second.stderr()).toContain(`lab0: sync for alice begins (operation ${id})`);
  await watched.close();
  await lab.close();
}, 300_000);
