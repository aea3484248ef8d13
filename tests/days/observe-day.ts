import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import type { Details } from '../../src/types/details.ts';
import type { Observation } from '../../src/types/observation.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { MASK_KEY } from '../helpers/mask-key.ts';
import { type ReplayAnswers, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import type { DayStep } from './recorded-day.ts';

/** Reads recorded answers through the real provider, so that what it makes of them can be compared again and again. */
export class DayReader {
  readonly #server: ReplayServer;
  #now = new Date(0);
  /** How far the Date header is off. */
  dateOffMs = 0;

  static async open(): Promise<DayReader> {
    const reader: { current: DayReader | null } = { current: null };
    const server = await startReplay({}, { date: () => reader.current?.serverDate() ?? new Date(0) });
    reader.current = new DayReader(server);
    return reader.current;
  }

  private constructor(server: ReplayServer) {
    this.#server = server;
  }

  serverDate(): Date {
    return new Date(this.#now.getTime() + this.dateOffMs);
  }

  /** What a run at the end of a step sees; `answers` in place of those that were recorded. */
  observe(step: DayStep, answers: ReplayAnswers = step.answers): Promise<Observation> {
    return this.#ask(step, answers, (provider) =>
      provider.discover({ scopes: ALL_SCOPES, maskKey: MASK_KEY, knownTasks: new Map() }),
    );
  }

  /** What it can be told beyond that, of every guest. */
  details(step: DayStep, { guests }: Observation): Promise<Details> {
    const snapshots = guests.map(({ kind, nativeId, node }) => ({
      kind,
      vmid: Number(nativeId),
      node,
      rolledBackTo: null,
    }));
    const signal = new AbortController().signal;
    return this.#ask(step, step.answers, (provider) =>
      provider.readDetails({ snapshots, clones: [] }, { maskKey: MASK_KEY, signal }),
    );
  }

  async #ask<T>(step: DayStep, answers: ReplayAnswers, ask: (provider: ProxmoxProvider) => Promise<T>): Promise<T> {
    const now = new Date(step.captureEnded * 1000);
    this.#now = now;
    this.#server.set(answers);
    const client = openProxmoxClient({
      endpoints: [this.#server.url],
      tls: { ca: this.#server.caPem },
      credential: { kind: 'token', tokenId: step.capturedAs, secret: '00000000-0000-0000-0000-000000000000' },
      retries: 0,
      clock: () => now.getTime(),
    });
    try {
      return await ask(new ProxmoxProvider(client, () => now));
    } finally {
      client.close();
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
