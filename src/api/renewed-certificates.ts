import * as z from 'zod';
import { normalizeFingerprint } from '../net/pinned-agent.ts';
import type { WireAnswer } from '../net/wire.ts';
import type { WireFailure } from '../net/wire-failure.ts';
import type { EndpointReport } from '../types/endpoint.ts';
import { name, text } from './decode/primitives.ts';
import { rowsOf } from './decode/rows.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { EndpointRequest } from './endpoints.ts';
import { parseJson } from './json.ts';
import { MAX_NODES } from './limits.ts';

/** pveproxy has three workers, and any of them may take a connection. */
const WORKER_TRIES = 8;
const TIMEOUT_MS = 5_000;

const nodeList = z.object({ data: rowsOf(z.object({ node: name, ssl_fingerprint: text }), MAX_NODES) });

export interface RenewedCertificatesOptions {
  table: EndpointTable;
  /** Sends one request to one address; throws WireFailure where its certificate is not pinned. */
  exchange: (request: EndpointRequest, endpoint: EndpointReport) => Promise<WireAnswer>;
  onWarning?: ((message: string) => void) | undefined;
  trustCommand?: string | undefined;
}

/**
 * Certificates that are being renewed: after `pvecm updatecerts` workers of pveproxy show the old one and the new side by side
 * until each is recycled. /nodes has the fingerprint from the file, which is new at once (PVE::Cluster get_node_fingerprint), so
 * a connection with the pinned one, to another worker or another address, tells whether the new one is the node's. What an
 * address says of its own certificate over a connection that is not pinned counts for nothing.
 */
export class RenewedCertificates {
  readonly #options: RenewedCertificatesOptions;
  /** By address and fingerprint. Only what was found to be the node's is kept. */
  readonly #known = new Map<string, Promise<boolean>>();
  readonly #tries = new WeakMap<EndpointRequest, number>();

  constructor(options: RenewedCertificatesOptions) {
    this.#options = options;
  }

  /** Whether a request that failed may be sent again, since the certificate that it met counts from now on. */
  async accepts(endpoint: EndpointReport, failure: WireFailure, request: EndpointRequest): Promise<boolean> {
    if (failure.kind !== 'fingerprint' || failure.detail === undefined) return false;
    const key = `${endpoint.url} ${failure.detail}`;
    if (request.verb === 'POST') return this.#triesAgain(request);
    const known = this.#known.get(key) ?? this.#ask(endpoint, failure.detail, request);
    this.#known.set(key, known);
    const isAccepted = await known;
    if (!isAccepted) this.#known.delete(key);
    return isAccepted;
  }

  /** Nobody can be asked before the login, which nobody but a worker with a pinned certificate gets. */
  #triesAgain(login: EndpointRequest): boolean {
    // Not by fingerprint: a server may show another one each time.
    const tries = (this.#tries.get(login) ?? 0) + 1;
    this.#tries.set(login, tries);
    return tries <= WORKER_TRIES;
  }

  async #ask(endpoint: EndpointReport, fingerprint: string, request: EndpointRequest): Promise<boolean> {
    const { table, onWarning, trustCommand } = this.#options;
    const others = table
      .usable()
      .filter((one) => one.url !== endpoint.url && one.lastOkAt !== null && one.failures === 0);
    for (const place of [...others, ...Array.from({ length: WORKER_TRIES }, () => endpoint)]) {
      const answer = await this.#readNodes(place, request);
      if (answer === null) continue;
      if (!(await isToldBy(answer, fingerprint, endpoint.isConfigured ? null : endpoint.node))) return false;
      table.accept(endpoint, fingerprint);
      onWarning?.(
        `${endpoint.url} is changing its certificate to SHA-256 ${fingerprint}, of which a connection with the pinned one ` +
          `tells: pin it before the old one is gone, with ${trustCommand || (trustCommand === '' ? '--fingerprint OLD,NEW' : 'PROXMOX_VE_FINGERPRINT=OLD,NEW')}`,
      );
      return true;
    }
    return false;
  }

  /** null: no connection with a pinned certificate came up, or its answer tells nothing. */
  async #readNodes(place: EndpointReport, { headers, signal }: EndpointRequest): Promise<string | null> {
    try {
      const request = { verb: 'GET', path: '/nodes', headers, signal, timeoutMs: TIMEOUT_MS } as const;
      const answer = await this.#options.exchange(request, place);
      return answer.status === 200 ? answer.text : null;
    } catch {
      return null;
    }
  }
}

/** A configured address may be any node's: it may move between them. */
async function isToldBy(answer: string, fingerprint: string, node: string | null): Promise<boolean> {
  const read = await nodeList.safeParseAsync(parsed(answer));
  const told = read.success ? read.data.data.rows.filter((row) => node === null || row.node === node) : [];
  return told.some((row) => normalizeFingerprint(row.ssl_fingerprint ?? '') === fingerprint);
}

function parsed(answer: string): unknown {
  try {
    return parseJson(answer);
  } catch {
    return null;
  }
}
