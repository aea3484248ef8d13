import type { EndpointTls } from '../net/connection.ts';
import type { EndpointReport, ShownCertificate } from '../types/endpoint.ts';
import { AppError } from '../types/errors.ts';
import type { ResolvedTls } from '../types/provider.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import { normalizeEndpoint } from './endpoint-address.ts';
import { afterAnswer, afterFailure, isProven, isReady, newEndpoint } from './endpoint-state.ts';
import { checkPins, trustOf } from './endpoint-trust.ts';
import { learnEndpoints, type Via } from './learn-endpoints.ts';
import type { PveClusterStatus } from './pve-types.ts';

export interface EndpointTableOptions {
  /** The configured addresses, in the order to try. */
  endpoints: readonly string[];
  /** What earlier runs found out, also of addresses that they learnt. */
  known?: readonly EndpointReport[] | undefined;
  tls: ResolvedTls;
  now: () => Date;
}

/** The addresses of one cluster, and what is known of each. */
export class EndpointTable {
  readonly #tls: ResolvedTls;
  readonly #now: () => Date;
  #reports: readonly EndpointReport[];
  #trust: ReadonlyMap<string, EndpointTls | null>;
  /** By address: fingerprints that count beside the pinned ones, until this table is gone. */
  readonly #accepted = new Map<string, readonly string[]>();

  /** Throws AppError('configuration'). */
  constructor({ endpoints, known = [], tls, now }: EndpointTableOptions) {
    this.#tls = tls;
    this.#now = now;
    const origins = [...new Set(endpoints.map(normalizeEndpoint))];
    if (origins.length === 0) {
      throw new AppError('configuration', 'No address of a Proxmox VE server is given', {
        hint: 'Set PROXMOX_VE_ENDPOINT=https://HOST:8006',
      });
    }
    const plain = origins.find((origin) => origin.startsWith('http:'));
    if (plain !== undefined && !tls.insecure) throw plainHttp(plain);
    checkPins(tls);
    const knownByUrl = new Map(known.map((report) => [report.url, report]));
    const configured = origins.map((url) => ({
      ...(knownByUrl.get(url) ?? newEndpoint(url, null)),
      isConfigured: true,
    }));
    // With other addresses than before it may be another cluster, whose nodes may have the same names.
    const isSame = known.some(({ url, isConfigured }) => isConfigured && origins.includes(url)) && isVerified(tls);
    const learnt = known.filter(({ url, isConfigured }) => isSame && !isConfigured && !origins.includes(url));
    this.#reports = [...configured, ...learnt];
    this.#trust = this.#readTrust();
  }

  /** The configured addresses. */
  get origins(): readonly string[] {
    return this.#reports.filter(({ isConfigured }) => isConfigured).map(({ url }) => url);
  }

  reports(): readonly EndpointReport[] {
    return this.#reports.map((report) =>
      this.trustOf(report) === null ? { ...report, error: `no fingerprint of node ${report.node} is pinned` } : report,
    );
  }

  get(url: string): EndpointReport | undefined {
    return this.#reports.find((report) => report.url === url);
  }

  /** null: its certificate cannot be verified, so it is not to be used. */
  trustOf({ url }: Pick<EndpointReport, 'url'>): EndpointTls | null {
    return this.#trust.get(url) ?? null;
  }

  /** Takes in what /cluster/status tells of the nodes. */
  learn(nodes: PveClusterStatus['nodes'], via: Via): void {
    this.#reports = learnEndpoints(this.#reports, nodes, { via, isVerified: isVerified(this.#tls) });
    this.#trust = this.#readTrust();
  }

  /** Lets a fingerprint count at a pinned address as well, in this process only. */
  accept({ url }: Pick<EndpointReport, 'url'>, fingerprint: string): void {
    this.#accepted.set(url, [...(this.#accepted.get(url) ?? []), fingerprint]);
    this.#trust = this.#readTrust();
  }

  /** `isWrite`: among those that were configured, or have answered before. */
  choose(node: string | undefined, tried: ReadonlySet<string>, isWrite = false): EndpointReport | null {
    const usable = isWrite ? this.usable().filter((one) => one.isConfigured || isProven(one)) : this.usable();
    return chooseEndpoint(usable, { node, tried, now: this.#now() });
  }

  /** Whether all addresses have failed, and none has its next turn yet. */
  isWaiting(): boolean {
    const now = this.#now();
    return this.usable().every((report) => !isReady(report, now));
  }

  /** The address of a node of which it is not known yet whether it can be used. */
  findUnproven(node: string): EndpointReport | undefined {
    const now = this.#now();
    return this.usable().find((report) => report.node === node && !isProven(report) && isReady(report, now));
  }

  /** `before`: as it was when the attempt began. An answer to what was asked before a failure says nothing of the time after. */
  answered(before: EndpointReport, shown: ShownCertificate | null): void {
    this.#update(before.url, (report) => {
      if (report.failures > before.failures) return report;
      return afterAnswer(report, this.#now(), shown);
    });
  }

  /** Calls that fail together are one failure. */
  failed(before: EndpointReport, error: string, shown: ShownCertificate | null): void {
    this.#update(before.url, (report) => {
      if (report.failures > before.failures) return report;
      return afterFailure(report, { at: this.#now(), error, shown, random: Math.random() });
    });
  }

  #readTrust(): ReadonlyMap<string, EndpointTls | null> {
    return new Map(
      this.#reports.map((report) => {
        const tls = trustOf(report, this.#tls, this.#reports);
        const more = this.#accepted.get(report.url);
        if (tls?.fingerprint === undefined || more === undefined) return [report.url, tls];
        return [report.url, { ...tls, fingerprint: [tls.fingerprint, ...more].join(',') }];
      }),
    );
  }

  /** Those whose certificates can be verified. */
  usable(): readonly EndpointReport[] {
    return this.#reports.filter((report) => this.trustOf(report) !== null);
  }

  #update(url: string, change: (report: EndpointReport) => EndpointReport): void {
    this.#reports = this.#reports.map((report) => (report.url === url ? change(report) : report));
  }
}

function isVerified({ insecure, fingerprint, pins }: ResolvedTls): boolean {
  return !insecure || fingerprint !== undefined || pins !== undefined;
}

function plainHttp(origin: string): AppError {
  return new AppError('configuration', `${origin} is not encrypted: the credential would be readable on the way`, {
    hint: `Use ${origin.replace(/^http:/, 'https:')}; only with PROXMOX_VE_INSECURE is plain HTTP allowed`,
  });
}
