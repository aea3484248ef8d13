import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, it, jest } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import { AppError } from '../../src/types/errors.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { ENDPOINTS, type Reader } from '../api/recorded-endpoints.ts';
import { Random } from '../campaign/random.ts';
import { LoopDelay } from '../helpers/loop-delay.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { SyncRuns } from '../helpers/sync-run.ts';
import { allRecordings, describeRecordings } from '../recordings/recordings.ts';
import { standaloneAnswers } from '../recordings/standalone.ts';
import { mutate, type WireBytes } from './mutate.ts';
import { type MutatedServer, startMutatedServer } from './mutated-server.ts';

/** `npm run fuzz` makes 100,000. */
const ANSWERS = Number(process.env['ROLLCALL_FUZZ_ANSWERS'] ?? '2000');
const SEED = Number(process.env['ROLLCALL_FUZZ_SEED'] ?? '1');
/** Nothing waits here: a call that takes longer hangs, or works quadratically. */
const MOST_MS = 5_000;
const MOST_GROWTH_BYTES = 24 * 2 ** 20;
/** An answer takes 10 ms, and ten times as long on a machine that has other things to do. */
jest.setTimeout(60_000 + ANSWERS * 100);
/** How long an answer of up to a megabyte may keep the event loop. */
const MOST_DELAY_MS = 250;

const delay = new LoopDelay();
const servers: MutatedServer[] = [];
const clients: ProxmoxClient[] = [];
afterAll(async () => {
  delay.stop();
  for (const client of clients) client.close();
  for (const server of servers) await server.close();
});

async function openMutated(answer: (path: string) => WireBytes): Promise<ProxmoxClient> {
  const server = await startMutatedServer(answer);
  servers.push(server);
  const client = openProxmoxClient({
    endpoints: [server.url],
    tls: { insecure: true },
    credential: { kind: 'token', tokenId: 'root@pam!full', secret: 'aaaa-bbbb-cccc' },
    retries: 1,
    retryBaseMs: 0,
  });
  clients.push(client);
  return client;
}

/** What a call came to: the code of its error, or that it was read. Anything but an AppError fails the test. */
async function outcomeOf(call: () => Promise<unknown>, what: string): Promise<string> {
  const startedMs = performance.now();
  try {
    await call();
    return 'read';
  } catch (error) {
    if (!(error instanceof AppError)) throw new Error(`${what}: not a typed error`, { cause: error });
    return error.code;
  } finally {
    expect([what, performance.now() - startedMs < MOST_MS]).toEqual([what, true]);
  }
}

/**
 * How long a call kept the event loop. One that took too long is made again: what an answer costs it costs each time, and what
 * a collection of garbage or another process took from it is gone.
 */
async function delayOf(call: () => Promise<unknown>): Promise<number> {
  const delays: number[] = [];
  do {
    delay.takeMs();
    await call();
    delays.push(delay.takeMs());
  } while (Math.min(...delays) > MOST_DELAY_MS && delays.length < 4);
  return Math.min(...delays);
}

/** After two collections, so that what only waits for its finalizer is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') {
    collect();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

describeRecordings('mutated recordings', () => {
  it(`${ANSWERS} answers are read tolerantly or refused with a typed error`, async () => {
    const random = new Random(SEED);
    const recorded = allRecordings().flatMap((recording) => {
      const reader = readerOf(recording.target);
      return reader === null ? [] : [{ ...recording, ...reader }];
    });
    expect(recorded.length).toBeGreaterThan(250);
    let answer: WireBytes = { status: 200, reason: 'OK', body: Buffer.alloc(0) };
    const client = await openMutated(() => answer);
    const counts = new Map<string, number>();
    let settledBytes = 0;
    let mostDelayMs = 0;
    for (let made = 0; made < ANSWERS; made += 1) {
      const { status, reason, body, reader, match, file } = random.pick(recorded);
      answer = mutate({ status: status === 0 ? 200 : status, reason, body: Buffer.from(body) }, random);
      const what = `answer ${made} (${file}, seed ${SEED})`;
      let outcome = '';
      const delayMs = await delayOf(async () => (outcome = await outcomeOf(() => reader.call(client, match), what)));
      expect([what, delayMs <= MOST_DELAY_MS]).toEqual([what, true]);
      mostDelayMs = Math.max(mostDelayMs, delayMs);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (made === Math.floor(ANSWERS / 4)) settledBytes = heapBytes();
    }
    tell(counts, { growthBytes: heapBytes() - settledBytes, delayMs: mostDelayMs });
    expect(heapBytes() - settledBytes).toBeLessThan(MOST_GROWTH_BYTES);
    // Neither is all refused, nor is nothing noticed.
    expect(counts.get('read') ?? 0).toBeGreaterThan(ANSWERS / 10);
    expect(counts.get('malformed') ?? 0).toBeGreaterThan(ANSWERS / 50);
  });

  it('whole runs over mutated answers are planned, or refused with a typed error', async () => {
    const random = new Random(SEED + 1);
    const answers = new Map(
      Object.entries(standaloneAnswers()).map(([key, { body, reason }]) => [
        key.replace('GET ', ''),
        {
          status: 200,
          reason: reason ?? 'OK',
          body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        },
      ]),
    );
    let share = 0;
    let made = 0;
    const client = await openMutated((path) => {
      const found = answers.get(path) ?? { status: 501, reason: 'not implemented', body: Buffer.from('{"data":null}') };
      if (!random.chance(share)) return found;
      made += 1;
      return mutate(found, random);
    });
    const clock = () => new Date(Date.UTC(2026, 10, 21, 4, 0, made));
    const provider = new ProxmoxProvider(client, clock);
    const runs = new SyncRuns();
    const counts = new Map<string, number>();
    while (made < ANSWERS / 10) {
      const run = async (): Promise<void> => {
        runs.run(await provider.discover({ scopes: ALL_SCOPES, maskKey: MASK_KEY, knownTasks: new Map() }));
      };
      const outcome = await outcomeOf(run, `run after ${made} answers (seed ${SEED})`);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      share = 0.2;
    }
    tell(counts);
    expect(runs.known.guests.length).toBeGreaterThan(0);
    expect(counts.get('read') ?? 0).toBeGreaterThan(0);
  });
});

function readerOf(target: string): { reader: Reader; match: readonly string[] } | null {
  for (const [pattern, reader] of ENDPOINTS) {
    const match = pattern.exec(target);
    if (match) return { reader, match: match.slice(1) };
  }
  return null;
}

/** Told by `npm run fuzz` only. */
function tell(counts: ReadonlyMap<string, number>, cost?: { growthBytes: number; delayMs: number }): void {
  if (process.env['ROLLCALL_FUZZ_ANSWERS'] === undefined) return;
  const outcomes = [...counts].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} ${outcome}`);
  const memory = cost && `; memory ${(cost.growthBytes / 2 ** 20).toFixed(1)} MiB more than after a quarter`;
  const loop = cost && `; event loop kept for ${Math.round(cost.delayMs)} ms at most`;
  process.stdout.write(`seed ${SEED}: ${outcomes.join(', ')}${memory ?? ''}${loop ?? ''}\n`);
}
