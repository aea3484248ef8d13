import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { checkIdentity } from '../text/server-identity.ts';
import { AppError } from '../types/errors.ts';
import type { ResolvedTls } from '../types/provider.ts';
import { normalizeFingerprint, PinnedAgent } from './pinned-agent.ts';
import { WireFailure } from './wire-failure.ts';
import { within } from './within.ts';

/** How one address is verified. */
export interface EndpointTls extends Omit<ResolvedTls, 'pins'> {
  /** Host names that its certificate may be for, besides the host in its address. */
  names?: readonly string[] | undefined;
}

/** Proxmox VE closes a connection that was idle for 5 s (pve-http-server); one that is nearly that old is not worth a try. */
const IDLE_MS = 4_000;

/** An agent for one address that keeps as many connections as there are requests at a time. Throws AppError('configuration'). */
export function openAgent(
  protocol: string,
  tls: EndpointTls,
  { maxSockets, connectTimeoutMs }: { maxSockets: number; connectTimeoutMs: number },
): HttpAgent {
  const options = {
    keepAlive: true,
    maxSockets,
    maxFreeSockets: maxSockets,
    scheduling: 'lifo',
    timeout: IDLE_MS,
  } as const;
  if (protocol === 'http:') return new HttpAgent(options);
  const agent =
    tls.fingerprint === undefined
      ? new HttpsAgent({ ...options, ...verification(tls) })
      : new PinnedAgent(options, acceptedPins(tls.fingerprint), connectTimeoutMs);
  // All connections of an agent lead to one address. The name that Node makes has all of the CA in it, for each request.
  agent.getName = () => protocol;
  return agent;
}

/** Always explicit: what is left out is decided by NODE_TLS_REJECT_UNAUTHORIZED. */
function verification({ ca, insecure, names = [] }: EndpointTls): ConnectionOptions {
  if (insecure) return { rejectUnauthorized: false };
  return {
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    checkServerIdentity: (host, certificate) => {
      const mismatch = checkIdentity(host, certificate);
      return names.some((name) => checkIdentity(name, certificate) === undefined) ? undefined : mismatch;
    },
  };
}

/**
 * Connects, verifies the certificate as the agent would, and hangs up: nothing is sent. Gives back the certificate's SHA-256
 * fingerprint; throws WireFailure, or what Node says.
 */
export async function shakeHands(
  url: string,
  tls: EndpointTls,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  const pins = tls.fingerprint === undefined ? null : acceptedPins(tls.fingerprint);
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: Number(port || 443),
    ...(isIP(host) === 0 && { servername: host }),
    ...(pins === null ? verification(tls) : { rejectUnauthorized: false }),
  });
  try {
    await within(once(socket, 'secureConnect'), limits);
    const seen = socket.getPeerCertificate().fingerprint256;
    if (pins !== null && !pins.includes(seen)) throw new WireFailure('fingerprint', { detail: seen });
    return seen;
  } finally {
    socket.destroy();
  }
}

/** Of an address for which nothing is pinned: no certificate will do. */
function acceptedPins(text: string): string[] {
  return text === '' ? [] : pinsOf(text);
}

/** One fingerprint, or several separated by commas, as `AA:BB:…`. Throws AppError('configuration'). */
export function pinsOf(text: string): string[] {
  return text.split(',').map((part) => {
    const pin = normalizeFingerprint(part);
    if (pin !== null) return pin;
    throw new AppError('configuration', `Not a SHA-256 fingerprint: ${part.trim() || '(empty)'}`, {
      hint: 'It has 64 hexadecimal digits: AA:BB:…',
    });
  });
}

/** Asks a server for its certificate's SHA-256 fingerprint, without trusting it and without sending anything. */
export async function readFingerprint(endpoint: string, timeoutMs: number): Promise<string | undefined> {
  const { hostname, port } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false });
    const settle = (seen: string | undefined): void => {
      socket.destroy();
      resolve(seen);
    };
    socket.setTimeout(timeoutMs, () => settle(undefined));
    socket.once('error', () => settle(undefined));
    socket.once('secureConnect', () => settle(socket.getPeerCertificate().fingerprint256));
  });
}
