import { AppError } from '../types/errors.ts';
import type { LabActor } from './actor.ts';
import { CaFile } from './ca-file.ts';
import type { Cluster } from './cluster.ts';
import { type LabControls, type LabGuestView, type LabNodeControl, labControls, requireNode } from './controls.ts';
import { Dispatcher } from './dispatch.ts';
import { Faults, type LabFault } from './faults.ts';
import { Listeners } from './listeners.ts';
import type { LabNode } from './model.ts';
import type { Release } from './release.ts';
import { seedCluster } from './seed.ts';
import { addLabUsers, type LabAccounts } from './seed-access.ts';
import { createAnswer, type LabRequest } from './server.ts';
import { type LabTasks, taskControls } from './task-controls.ts';
import type { LabTaskRule, TaskEffect, TaskEnding } from './task-rules.ts';
import { Tickets } from './tickets.ts';
import { type LabUpkeep, labUpkeep } from './upkeep.ts';
import type { LabWrite } from './writes.ts';

export type {
  LabActor,
  LabFault,
  LabGuestView,
  LabNodeControl,
  LabRequest,
  LabTaskRule,
  LabWrite,
  TaskEffect,
  TaskEnding,
};

export interface LabOptions {
  nodes?: number;
  vms?: number;
  containers?: number;
  seed?: number;
  release?: Release;
  /** 0: any free port. */
  port?: number;
  host?: string;
  /**
   * `one` (without it): the first node answers for all. `per-node`: node i listens on 127.0.0.i, all at the same port, each
   * with a certificate of its own; `host` does not count.
   */
  endpoints?: 'one' | 'per-node';
  /** null: one host that is in no cluster. */
  clusterName?: string | null;
  /** How long a 401 takes; 3 s on a real server. */
  unauthorizedDelayMs?: number;
  /** How long a call to a frozen node hangs; 30 s on a real server. */
  frozenDelayMs?: number;
  /** How long every answer takes. */
  latencyMs?: number;
  /** `/pve`: below a path of a reverse proxy. */
  prefix?: string;
  /** Epoch milliseconds. */
  clock?: () => number;
  /** How long tasks run by the lab's clock. */
  taskDurationMs?: number | ((type: string) => number);
  /**
   * When what a task does is seen: at once (without it), or at its end, as on a real server, which meanwhile has a lock on the
   * guest. A guest whose task holds its file takes no other.
   */
  taskEffect?: TaskEffect;
  /** How long the HA manager takes to act on what it is asked for; some 10 s on a real cluster. */
  haDelayMs?: number;
  /** How far rows of /cluster/resources lag behind the guests themselves. */
  broadcastLagMs?: number;
}

export interface Lab extends LabAccounts, LabControls, LabUpkeep, LabTasks {
  /** Of the first node. */
  url: string;
  port: number;
  /** The cluster's CA. */
  readonly caPem: string;
  /** SHA-256 of the first node's certificate, as `AA:BB:…`. */
  readonly fingerprint: string;
  /** Where a node takes calls. RangeError for one that does not: with `endpoints: 'one'` all but the first. */
  nodeUrl(name: string): string;
  nodeFingerprint(name: string): string;
  /** A new certificate of the same CA; new connections see it. */
  rotateCertificate(name: string): void;
  /** The same, while the workers of pveproxy are recycled: one connection after the other sees one of the two, in these turns. */
  rotateGradually(name: string, turns?: readonly ('new' | 'old')[]): void;
  /** A new CA, and a certificate of it for every node. `env` writes the new CA to the file. */
  replaceCa(): void;
  /** From here on connections are refused. */
  stopListening(): Promise<void>;
  /** Takes calls again, at the same addresses. */
  resumeListening(): Promise<void>;
  /** What the program needs to reach the lab, with the CA in a file that `close` removes. */
  env(): Record<string, string>;
  requests: LabRequest[];
  /** Every request that was not GET. */
  writes: LabWrite[];
  /** How many requests there were of each method: `{ GET: 12 }`. */
  requestCounts(): Readonly<Record<string, number>>;
  /** Also the writes. */
  clearRequests(): void;
  faults: { add(fault: LabFault): () => void; clear(): void };
  close(): Promise<void>;
}

/** Starts a simulated Proxmox VE that answers the real API over HTTPS until it is closed. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', port = 0, seed = 1, clusterName = 'lab', endpoints = 'one' } = options;
  const cluster = buildCluster(options, seed, clusterName);
  const accounts = addLabUsers(cluster);
  const tickets = new Tickets(`lab-${seed}`, () => cluster.nowSeconds());
  const dispatcher = new Dispatcher({ cluster, tickets, frozenDelayMs: options.frozenDelayMs ?? 50 });
  const faults = new Faults();
  const requests: LabRequest[] = [];
  const writes: LabWrite[] = [];
  const { unauthorizedDelayMs = 0, latencyMs = 0, prefix = '' } = options;
  const answer = createAnswer({
    cluster,
    dispatcher,
    faults,
    unauthorizedDelayMs,
    latencyMs,
    prefix,
    requests,
    writes,
  });
  const listeners = new Listeners({ cluster, endpoints, host, port, answer });
  await listeners.open();
  const caFile = new CaFile(() => listeners.caPem);
  const first = cluster.localNode();
  const url = listeners.urlOf(first.name);
  return {
    url,
    port: listeners.port,
    get caPem() {
      return listeners.caPem;
    },
    get fingerprint() {
      return fingerprintOf(first);
    },
    nodeUrl: (name) => listeners.urlOf(requireNode(cluster, name).name),
    nodeFingerprint: (name) => fingerprintOf(requireNode(cluster, name)),
    rotateCertificate: (name) => listeners.rotate(requireNode(cluster, name)),
    rotateGradually: (name, turns = ['new', 'old', 'old']) =>
      listeners.rotateGradually(requireNode(cluster, name), turns),
    replaceCa: () => listeners.replaceAuthority(),
    stopListening: () => listeners.close(),
    resumeListening: () => listeners.reopen(),
    ...accounts,
    env: () => ({
      PROXMOX_VE_ENDPOINT: url + prefix,
      PROXMOX_VE_API_TOKEN: accounts.token,
      PROXMOX_VE_CA_FILE: caFile.path(),
    }),
    requests,
    get writes() {
      cluster.agenda.settle();
      return writes;
    },
    requestCounts: () => countsOf(requests),
    clearRequests: () => {
      requests.splice(0);
      writes.splice(0);
    },
    ...taskControls(cluster),
    ...labControls(cluster, (node) => listeners.nodeChanged(node)),
    ...labUpkeep(cluster),
    faults,
    close: async () => {
      caFile.remove();
      await listeners.close();
    },
  };
}

function countsOf(requests: readonly LabRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method } of requests) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}

function fingerprintOf({ certificates }: LabNode): string {
  return certificates?.server.fingerprint ?? '';
}

function buildCluster(options: LabOptions, seed: number, clusterName: string | null): Cluster {
  const nodes = options.nodes ?? (clusterName === null ? 1 : 3);
  if (nodes < 1 || (clusterName === null && nodes > 1)) {
    throw new AppError(
      'usage',
      `a lab ${clusterName === null ? 'without a cluster' : ''} cannot have ${nodes} nodes`.replace('  ', ' '),
      {
        hint: clusterName === null ? 'Give the cluster a name, or ask for one node.' : 'Ask for one node or more.',
      },
    );
  }
  const duration = options.taskDurationMs ?? 0;
  const cluster = seedCluster({
    nodes,
    vms: options.vms ?? 12,
    containers: options.containers ?? 4,
    seed,
    release: options.release ?? '8.4',
    name: clusterName,
    clock: options.clock ?? Date.now,
    taskDurationMs: typeof duration === 'function' ? duration : () => duration,
    broadcastLagMs: options.broadcastLagMs ?? 0,
    haDelayMs: options.haDelayMs ?? 0,
  });
  cluster.tasks.begin(options.taskEffect ?? 'at-start');
  return cluster;
}
