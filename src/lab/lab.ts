import { AppError } from '../types/errors.ts';
import type { LabActor } from './actor.ts';
import { CaFile } from './ca-file.ts';
import { labCertificates } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import { type LabControls, type LabGuestView, type LabNodeControl, labControls } from './controls.ts';
import { Dispatcher } from './dispatch.ts';
import { Faults, type LabFault } from './faults.ts';
import type { Release } from './release.ts';
import { seedCluster } from './seed.ts';
import { addLabUsers, type LabAccounts } from './seed-access.ts';
import { createLabServer, type LabRequest } from './server.ts';
import { Tickets } from './tickets.ts';

export type { LabActor, LabFault, LabGuestView, LabNodeControl, LabRequest };

export interface LabOptions {
  nodes?: number;
  vms?: number;
  containers?: number;
  seed?: number;
  release?: Release;
  /** 0: any free port. */
  port?: number;
  host?: string;
  /** null: one host that is in no cluster. */
  clusterName?: string | null;
  /** How long a 401 takes; 3 s on a real server. */
  unauthorizedDelayMs?: number;
  /** How long a call to a frozen node hangs; 30 s on a real server. */
  frozenDelayMs?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
  /** How long tasks run by the lab's clock; their effect is there at once. */
  taskDurationMs?: number | ((type: string) => number);
  /** How far rows of /cluster/resources lag behind the guests themselves. */
  broadcastLagMs?: number;
}

export interface Lab extends LabAccounts, LabControls {
  url: string;
  port: number;
  caPem: string;
  /** SHA-256 of the server's certificate, as `AA:BB:…`. */
  fingerprint: string;
  /** What the program needs to reach the lab, with the CA in a file that `close` removes. */
  env(): Record<string, string>;
  requests: LabRequest[];
  clearRequests(): void;
  faults: { add(fault: LabFault): () => void; clear(): void };
  close(): Promise<void>;
}

/** Starts a simulated Proxmox VE that answers the real API over HTTPS until it is closed. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', seed = 1, clusterName = 'lab' } = options;
  const cluster = buildCluster(options, seed, clusterName);
  const certificates = await labCertificates();
  cluster.localNode().fingerprint = certificates.fingerprint;
  const accounts = addLabUsers(cluster);
  const tickets = new Tickets(`lab-${seed}`, () => cluster.nowSeconds());
  const dispatcher = new Dispatcher({ cluster, tickets, frozenDelayMs: options.frozenDelayMs ?? 50 });
  const faults = new Faults();
  const requests: LabRequest[] = [];
  const unauthorizedDelayMs = options.unauthorizedDelayMs ?? 0;
  const server = createLabServer({ cluster, dispatcher, faults, certificates, unauthorizedDelayMs, requests });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `https://${host}:${port}`;
  const caFile = new CaFile(certificates.caPem);
  return {
    url,
    port,
    caPem: certificates.caPem,
    fingerprint: certificates.fingerprint,
    ...accounts,
    env: () => ({ PROXMOX_VE_ENDPOINT: url, PROXMOX_VE_API_TOKEN: accounts.token, PROXMOX_VE_CA_FILE: caFile.path() }),
    requests,
    clearRequests: () => requests.splice(0),
    ...labControls(cluster),
    faults,
    close: async () => {
      caFile.remove();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
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
  return seedCluster({
    nodes,
    vms: options.vms ?? 12,
    containers: options.containers ?? 4,
    seed,
    release: options.release ?? '8.4',
    name: clusterName,
    clock: options.clock ?? Date.now,
    taskDurationMs: typeof duration === 'function' ? duration : () => duration,
    broadcastLagMs: options.broadcastLagMs ?? 0,
  });
}
