import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PveHaResource } from '../../../api/pve-types.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';

/** What plans of all guests of a cluster are made from. */
export interface ClusterFacts {
  /** Of a host that is in no cluster true. */
  isQuorate: boolean;
  /** Node → whether it is online. */
  nodes: ReadonlyMap<string, boolean>;
  /** Guests that HA manages. */
  ha: readonly PveHaResource[];
  /** `8.4.1`. */
  version: string;
}

/** Throws AppError. Without the right to see what HA manages, the status of each guest says it all the same. */
export async function readClusterFacts(client: ProxmoxClient, signal: AbortSignal): Promise<ClusterFacts> {
  const [status, ha, version] = await Promise.all([
    client.getClusterStatus({ signal }),
    attempt(client.getHaResources({ signal })),
    client.getVersion({ signal }),
  ]);
  return {
    isQuorate: status.cluster?.quorate ?? status.cluster === undefined,
    nodes: new Map(status.nodes.map(({ name, online }) => [name, online ?? status.cluster === undefined])),
    ha: ha instanceof AppError ? [] : ha,
    version: version.version,
  };
}

/** The same answer for plans that are made together. */
export class FactsCache<T> {
  readonly #read: () => Promise<T>;
  readonly #mostMs: number;
  #known: { value: Promise<T>; atMs: number } | null = null;

  constructor(read: () => Promise<T>, mostMs: number) {
    this.#read = read;
    this.#mostMs = mostMs;
  }

  /** What was read at most so long ago; a failure is not kept. */
  get(): Promise<T> {
    const nowMs = performance.now();
    if (this.#known !== null && nowMs - this.#known.atMs < this.#mostMs) return this.#known.value;
    const known = { value: this.#read(), atMs: nowMs };
    this.#known = known;
    known.value.catch(() => {
      if (this.#known === known) this.#known = null;
    });
    return known.value;
  }
}
