import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { type HostileProcess, startHostileProcess } from '../fuzz/hostile-process.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { addSealed } from '../helpers/sealed-provider.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Env, finish, start, until, withProviders } from './processes.ts';

/** Ways to answer that never come to an end, each for as long as the client takes part. */
const ENDLESS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  silent: () => undefined,
  drip: (response) => {
    response.write('{');
    const timer = setInterval(() => response.write(' '), 100);
    response.once('close', () => clearInterval(timer));
  },
  flood: (response) => {
    const chunk = Buffer.alloc(64 * 2 ** 10, '[');
    const more = (): void => void (response.write(chunk) ? setTimeout(more) : response.once('drain', more));
    more();
  },
};
/** Answers in full, which are hard to read. */
const TEXTS: Readonly<Record<string, string>> = { words: 'cluster: options', refusal: 'reason: refusals' };

const dir = tempDir();
const closers: (() => unknown)[] = [];
let lab: Lab;
let env: Env;

async function startEndless(answer: (response: ServerResponse) => void): Promise<{ url: string; fingerprint: string }> {
  const { key, pem, fingerprint } = await makeCertificate();
  const server = createServer({ key, cert: pem }, (_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, fingerprint };
}

/** Stores the hostile providers beside the lab. */
async function storeHostile(servers: readonly { name: string; url: string; fingerprint: string }[]): Promise<void> {
  const connection = await openDatabase(env['DATABASE_URL'] ?? '');
  for (const { name, url, fingerprint } of servers) {
    const credential = { kind: 'token', tokenId: 'root@pam!x', secretRef: 'env:SECRET_0' } as const;
    const tls = { mode: 'fingerprint', sha256: fingerprint } as const;
    await addSealed(connection, { name, type: 'proxmox', endpoints: [url], tls, credential });
  }
  await connection.close();
}

beforeAll(async () => {
  lab = await startLab({ nodes: 1, vms: 2, containers: 1 });
  closers.push(() => lab.close());
  env = await withProviders([lab], await databaseAt(path.join(dir, 'hostile.db')));
  const hostile: { name: string; url: string; fingerprint: string }[] = [];
  for (const [name, answer] of Object.entries(ENDLESS)) hostile.push({ name, ...(await startEndless(answer)) });
  for (const [name, text] of Object.entries(TEXTS)) {
    const server: HostileProcess = await startHostileProcess();
    closers.push(() => server.close());
    await server.use(text);
    hostile.push({ name, url: server.url, fingerprint: server.fingerprint });
  }
  await storeHostile(hostile);
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

it('providers that answer with hostile texts, drip or never end delay neither the others, nor /healthz, nor SIGTERM', async () => {
  const options = '--interval 2s --feed-interval 1s --retry-after 1s --timeout 20s --grace 1s --listen 127.0.0.1:0';
  const program = start(['watch', ...options.split(' ')], env);
  const url = () => /listening on (\S+)/.exec(program.stderr())?.[1];
  await until('it listens', url);
  const health = async (): Promise<number> => (await fetch(`${url()}/healthz`)).status;

  await until('the first run', () => program.stdout().includes('lab0: complete'), 60_000);
  for (const memory of [3072, 4096, 5120]) {
    lab.as('admin@pve').setConfig(100, { memory });
    const changes = async () => (await finish(['show-changes', '--path', '*memory', '-o', 'csv'], env)).stdout;
    await until(`a change to ${memory}`, async () => (await changes()).includes(String(memory)), 60_000);
    expect(await health()).toBe(200);
  }
  const isTold = (name: string) => new RegExp(`(?:error|warn) ${name}: `).test(program.stderr());
  await until('the refusal is told', () => isTold('refusal'), 60_000);
  expect(await health()).toBe(200);
  program.terminate();
  expect(await program.ended).toBe(0);
}, 240_000);

it('discover-all records the others, and tells of each what is wrong with it', async () => {
  const ran = await finish(['discover-all', '--timeout', '15s', '-o', 'json'], env);
  const results = JSON.parse(ran.stdout) as { providerName: string; outcome: string; error?: { code: string } }[];
  const outcomes = Object.fromEntries(
    results.map(({ providerName, ...one }) => [providerName, one.error?.code ?? one.outcome]),
  );
  expect(outcomes).toMatchObject({ lab0: 'complete', silent: 'timeout', drip: 'timeout' });
  expect(Object.keys(outcomes)).toHaveLength(6);
  expect(['timeout', 'malformed']).toContain(outcomes['flood']);
}, 120_000);
