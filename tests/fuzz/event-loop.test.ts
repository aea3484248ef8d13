import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import { AppError } from '../../src/types/errors.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { LoopDelay } from '../helpers/loop-delay.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { CASES } from './hostile-answers.mjs';
import { type HostileProcess, startHostileProcess } from './hostile-process.ts';

/**
 * What is quadratic takes minutes for texts of 32 MiB. `npm run fuzz` allows a second; with coverage, or beside other tests, the
 * same work takes several times as long.
 */
const MOST_MS = process.env['ROLLCALL_FUZZ_ANSWERS'] === undefined ? 10_000 : 1000;

let server: HostileProcess;
let client: ProxmoxClient;
let delay: LoopDelay;

beforeAll(async () => {
  server = await startHostileProcess();
  client = openProxmoxClient({
    endpoints: [server.url],
    tls: { ca: server.caPem },
    credential: { kind: 'token', tokenId: 'root@pam!full', secret: 'aaaa-bbbb-cccc' },
    retries: 0,
    timeoutsMs: { metadata: 120_000 },
  });
  delay = new LoopDelay();
});

afterAll(() => {
  delay.stop();
  client.close();
  server.close();
});

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'read';
  } catch (error) {
    return error instanceof AppError ? error.code : `no typed error: ${String(error)}`;
  }
}

/** Told by `npm run fuzz` only. */
function tell(name: string, tookMs: number, outcome: string): void {
  if (process.env['ROLLCALL_FUZZ_ANSWERS'] === undefined) return;
  process.stdout.write(`${name}: ${outcome}, others waited ${Math.round(tookMs)} ms at most\n`);
}

function read(name: string): Promise<unknown> {
  if (!name.startsWith('cluster:')) return client.getVersion();
  const provider = new ProxmoxProvider(client, () => new Date('2026-11-21T10:00:00Z'));
  return provider.discover({ scopes: ALL_SCOPES, maskKey: MASK_KEY, knownTasks: new Map() });
}

describe('an answer of 32 MiB keeps nothing else waiting', () => {
  it.each(Object.keys(CASES))(
    '%s',
    async (name) => {
      await server.use(name);
      client.beginRun();
      delay.takeMs();
      const outcome = await outcomeOf(read(name));
      const tookMs = delay.takeMs();
      tell(name, tookMs, outcome);
      expect(outcome).not.toContain('no typed error');
      expect([name, tookMs < MOST_MS]).toEqual([name, true]);
    },
    180_000,
  );
});
