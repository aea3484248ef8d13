import http, { type ClientRequest, type Agent as HttpAgent, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type PeerCertificate, peerCertificate } from './peer-certificate.ts';
import { type BodyLimits, readBody } from './read-body.ts';
import { toWireFailure, WireFailure } from './wire-failure.ts';
import type { WireOrigin } from './wire-origin.ts';

export interface WireRequest extends BodyLimits {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** The server may get it twice: it changes nothing. A GET is, unless this says otherwise; SOAP reads by POST. */
  isRepeatable?: boolean | undefined;
  origin: WireOrigin;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  agent: HttpAgent;
  /** DNS, TCP and TLS. */
  connectTimeoutMs: number;
  /** From the first byte sent to the last received, by the wall clock. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface WireAnswer {
  status: number;
  reason: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The server's; null over plain HTTP, and when it is the one of the connection before. */
  certificate: PeerCertificate | null;
  /** IP address of the server. */
  remoteAddress: string | null;
}

/**
 * Sends one request. One that may be repeated is sent once more when a kept-alive connection turns out to be closed; any other is
 * sent once at most, on a connection that was not idle. Throws only WireFailure.
 */
export async function exchange(request: WireRequest): Promise<WireAnswer> {
  if (!isRepeatable(request)) {
    dropIdleSockets(request.agent);
    return sendOnce(request);
  }
  try {
    return await sendOnce(request);
  } catch (error) {
    const failure = toWireFailure(error);
    if (!failure.isStale) throw failure;
    dropIdleSockets(request.agent);
    return await sendOnce(request);
  }
}

function isRepeatable({ method, isRepeatable: said = method === 'GET' }: WireRequest): boolean {
  return said;
}

/** Sockets that were idle together were closed together. */
function dropIdleSockets(agent: HttpAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

async function sendOnce(request: WireRequest): Promise<WireAnswer> {
  const { signal } = request;
  if (signal?.aborted) throw new WireFailure('aborted');
  const { answered, stop } = open(request);
  const abort = (): void => stop(new WireFailure('aborted'));
  const timer = setTimeout(() => stop(new WireFailure('timeout')), request.timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await answered;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

interface OpenRequest {
  answered: Promise<WireAnswer>;
  /** Ends it at once with this failure, whatever it is waiting for. */
  stop: (failure: WireFailure) => void;
}

function open(request: WireRequest): OpenRequest {
  const { origin, path, method, headers, agent } = request;
  const { hostname, port } = origin;
  // Looked up at each call: nock replaces `request` in the modules themselves.
  const { request: send } = origin.protocol === 'https:' ? https : http;
  const outgoing = send({ hostname, port, path, method, headers, agent });
  limitConnecting(outgoing, request);
  // Of a read it does not matter, and it may be sent again.
  const connected = isRepeatable(request) ? () => true : watchConnection(outgoing, origin);
  let reject: (failure: WireFailure) => void = () => undefined;
  const answered = new Promise<WireAnswer>((resolve, rejectAnswer) => {
    reject = rejectAnswer;
    outgoing.once('response', (incoming) => {
      // What the proxy of Proxmox VE passes on from its daemon carries both `Connection: close` and `Keep-Alive`, and the socket stays
      // open (seen on 8.4.21). Node believes the first, which would cost a TLS handshake for every guest.
      if (isKeptAlive(incoming)) outgoing.shouldKeepAlive = true;
      readAnswer(incoming, request).then(resolve, rejectAnswer);
    });
    outgoing.on('error', (error) => {
      const isUnsent = !connected();
      const isStale = outgoing.reusedSocket && isClosedConnection(error);
      rejectAnswer(toWireFailure(error, { isStale, isUnsent }));
    });
  });
  outgoing.end(request.body);
  return {
    answered,
    stop: (failure) => {
      reject(failure);
      outgoing.destroy(failure);
    },
  };
}

async function readAnswer(incoming: IncomingMessage, limits: BodyLimits): Promise<WireAnswer> {
  const { statusCode = 0, statusMessage = '', headers } = incoming;
  const certificate = peerCertificate(incoming.socket);
  const remoteAddress = incoming.socket.remoteAddress ?? null;
  const body = await readBody(incoming, limits);
  const reason = decodeReason(statusMessage);
  return { status: statusCode, reason, headers, text: body.toString('utf8'), certificate, remoteAddress };
}

/** Whether there is a verified connection, from which moment on the request may have reached the server. */
function watchConnection(outgoing: ClientRequest, { protocol }: WireOrigin): () => boolean {
  let isConnected = false;
  outgoing.once('socket', (socket) => {
    isConnected = outgoing.reusedSocket || !socket.connecting;
    // A listener for each request would pile up on a socket that is kept.
    if (isConnected) return;
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      isConnected = true;
    });
  });
  return () => isConnected;
}

function limitConnecting(outgoing: ClientRequest, { origin, connectTimeoutMs }: WireRequest): void {
  outgoing.once('socket', (socket) => {
    if (outgoing.reusedSocket || !socket.connecting) return;
    const timer = setTimeout(() => outgoing.destroy(new WireFailure('connect-timeout')), connectTimeoutMs);
    socket.once(origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
}

function isKeptAlive({ headers, statusCode = 0 }: IncomingMessage): boolean {
  return statusCode < 400 && /close\s*,\s*keep-alive/i.test(headers.connection ?? '') && 'content-length' in headers;
}

function isClosedConnection(error: Error): boolean {
  const { code } = toWireFailure(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || error.message === 'socket hang up';
}

/** Node reads header bytes as Latin-1; Proxmox VE writes UTF-8. */
function decodeReason(reason: string): string {
  const bytes = Buffer.from(reason, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? reason : text;
}
