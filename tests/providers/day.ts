import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import type { GuestObservation, Observation, ScopeReport } from '../../src/types/observation.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { type ReplayAnswers, type ReplayOptions, type ReplayServer, startReplay } from '../helpers/replay-server.ts';

export const MASK_KEY = { id: '', secret: 'key of the tests' };

/** A suite over recorded days; skipped by name where they are not. */
export function describeDays(name: string, suite: (read: (step: number) => ReplayAnswers) => void): void {
  const folder = process.env['PVE_DAYS_DIR'];
  if (folder === undefined || folder === '') {
    describe.skip(`${name} (PVE_DAYS_DIR is not set)`, () => suite(() => ({})));
    return;
  }
  describe(name, () =>
    suite((step) => {
      const file = join(folder, '8.4', `step-${String(step).padStart(2, '0')}.json`);
      return (JSON.parse(readFileSync(file, 'utf8')) as { answers: ReplayAnswers }).answers;
    }),
  );
}

export interface ReplayedCluster {
  server: ReplayServer;
  client: ProxmoxClient;
  provider: ProxmoxProvider;
  discover(options?: Partial<DiscoverOptions>): Promise<Observation>;
  close(): Promise<void>;
}

/** A provider over the real client and a server that gives recorded answers. */
export async function openReplay(answers: ReplayAnswers, options?: ReplayOptions): Promise<ReplayedCluster> {
  const server = await startReplay(answers, options);
  const client = openProxmoxClient({
    endpoints: [server.url],
    tls: { ca: server.caPem },
    credential: { kind: 'token', tokenId: 'admin@pve!full', secret: 'b1c2d3e4-0000-4000-8000-000000000000' },
    retries: 0,
    retryBaseMs: 1,
  });
  const provider = new ProxmoxProvider(client, () => new Date('2026-11-21T04:00:00Z'));
  return {
    server,
    client,
    provider,
    discover: (given) => provider.discover({ scopes: ALL_SCOPES, maskKey: MASK_KEY, knownTasks: new Map(), ...given }),
    close: async () => {
      provider.close();
      await server.close();
    },
  };
}

export function guestOf(seen: Observation, vmid: number): GuestObservation {
  const guest = seen.guests.find((one) => one.vmid === vmid);
  if (guest === undefined) throw new Error(`guest ${vmid} was not observed`);
  return guest;
}

export function scopeOf(seen: Observation, scope: string): ScopeReport | undefined {
  return seen.scopes.find((one) => one.scope === scope);
}

/** `data` of a recorded list. */
export function dataOf<T>(answers: ReplayAnswers, key: string): T[] {
  const answer = answers[key];
  if (answer === undefined) throw new Error(`${key} was not recorded`);
  return (answer.body as { data: T[] }).data;
}
