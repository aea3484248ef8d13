import { afterAll, beforeAll, describe } from '@jest/globals';
import { startVcsim, type Vcsim, type VcsimOptions, vcsimObstacle } from '../../scripts/vcsim-server.mjs';
import { VsphereClient, type VsphereOptions } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { Pyvmomi, pyvmomiObstacle } from './pyvmomi.ts';

const OBSTACLE = vcsimObstacle() ?? pyvmomiObstacle();
if (OBSTACLE !== null && process.env['ROLLCALL_VCSIM'] === 'required') {
  throw new Error(`vcsim is required, but ${OBSTACLE}: node scripts/vcsim-server.mjs --install`);
}

/** Tests that need a vCenter; where none can be built they are skipped, and say why. */
export function describeVsphere(name: string, tests: () => void): void {
  if (OBSTACLE === null) describe(name, tests);
  else describe.skip(`${name} (needs vcsim, but ${OBSTACLE})`, tests);
}

export interface VcsimWorld {
  readonly server: Vcsim;
  /** Someone else, who changes things. */
  readonly hand: Pyvmomi;
  /** A client that trusts the server's certificate; it is closed afterwards. */
  open: (options?: Partial<VsphereOptions>) => VsphereClient;
}

const START_MS = 180_000;

/** A vcsim of its own for the tests of a `describe`, stopped after them. */
export function vcsim(options: VcsimOptions = {}): VcsimWorld {
  let server: Vcsim | undefined;
  let hand: Pyvmomi | undefined;
  const clients: VsphereClient[] = [];
  beforeAll(async () => {
    server = await startVcsim(options);
  }, START_MS);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await hand?.close();
    await server?.stop();
  });
  const started = (): Vcsim => {
    if (server === undefined) throw new Error('vcsim is not started yet');
    return server;
  };
  return {
    get server() {
      return started();
    },
    get hand() {
      hand ??= new Pyvmomi(started().url);
      return hand;
    },
    open: (more = {}) => {
      const { url, certificate } = started();
      const client = new VsphereClient({ ...READER, endpoint: url, tls: { ca: certificate }, ...more });
      clients.push(client);
      return client;
    },
  };
}

export const READER = { user: 'reader@vsphere.local', password: 'S3cret & <more>', retryBaseMs: 1 };
