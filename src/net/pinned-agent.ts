import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { WireFailure } from './wire-failure.ts';

/** `AA:BB:…` in upper case, from any usual spelling (`sha256:aabb…`, bare hex); null for a text that is no SHA-256. */
export function normalizeFingerprint(text: string): string | null {
  const hex = text
    .trim()
    .replace(/^sha-?256[:=\s]*(?:fingerprint=)?/i, '')
    .replace(/[:\s]/g, '');
  if (!/^[0-9a-f]{64}$/i.test(hex)) return null;
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

/**
 * An https agent that trusts certificates by their SHA-256 fingerprint, and nothing else.
 * With `rejectUnauthorized: false` Node does not call `checkServerIdentity` for an untrusted certificate, so the check is
 * made on `secureConnect`, and the agent hands the socket out only after it passed: no token is sent to a server with
 * another certificate. A resumed TLS session may carry no certificate, hence no session cache.
 */
export class PinnedAgent extends Agent {
  readonly #pins: ReadonlySet<string>;
  readonly #connectTimeoutMs: number;
  readonly #pending = new Set<TLSSocket>();

  /** `pins` are normalised fingerprints. */
  constructor(options: AgentOptions, pins: readonly string[], connectTimeoutMs: number) {
    super({ ...options, maxCachedSessions: 0 });
    this.#pins = new Set(pins);
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = connect({
      host: options.host ?? 'localhost',
      port: Number(options.port ?? 443),
      ...(options.servername ? { servername: options.servername } : {}),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    });
    this.#pending.add(socket);
    const timer = setTimeout(() => socket.destroy(new WireFailure('connect-timeout')), this.#connectTimeoutMs);
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off('error', settle);
      this.#pending.delete(socket);
      callback?.(error, socket);
    };
    socket.once('error', settle);
    socket.once('secureConnect', () => {
      const seen = socket.getPeerCertificate().fingerprint256;
      if (this.#pins.has(seen)) return settle(null);
      socket.destroy();
      settle(new WireFailure('fingerprint', { detail: seen }));
    });
    return undefined;
  }

  override destroy(): void {
    for (const socket of this.#pending) socket.destroy(new WireFailure('network', { detail: 'closed' }));
    super.destroy();
  }
}
