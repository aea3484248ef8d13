import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { peerCertificate } from './peer-certificate.ts';
import { toWireFailure, WireFailure } from './wire-failure.ts';
import type { WireOrigin } from './wire-origin.ts';

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) };

export interface WireRequest {
  method: 'GET' | 'POST';
  origin: WireOrigin;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  agent: HttpAgent;
  /** DNS, TCP and TLS. */
  connectTimeoutMs: number;
  /** From the first byte sent to the last received, by the wall clock. */
  timeoutMs: number;
  /** Of the body, packed and unpacked. */
  maxBytes: number;
  signal: AbortSignal | undefined;
}

export interface WireAnswer {
  status: number;
  reason: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** SHA-256 of the server's certificate; null over plain HTTP, and when it is the one of the connection before. */
  fingerprint: string | null;
  /** The same in DER. */
  certificate?: Buffer | null;
  /** IP address of the server. */
  remoteAddress: string | null;
}

/** Sends one request, once more when a kept-alive connection turns out to be closed. Throws only WireFailure. */
export async function exchange(request: WireRequest): Promise<WireAnswer> {
  try {
    return await sendOnce(request);
  } catch (error) {
    const failure = toWireFailure(error);
    if (!failure.isStale) throw failure;
    dropIdleSockets(request.agent);
    return await sendOnce(request);
  }
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
  const send = origin.protocol === 'https:' ? httpsRequest : httpRequest;
  const { hostname, port } = origin;
  const outgoing = send({ hostname, port, path, method, headers, agent });
  limitConnecting(outgoing, request);
  let reject: (failure: WireFailure) => void = () => undefined;
  const answered = new Promise<WireAnswer>((resolve, rejectAnswer) => {
    reject = rejectAnswer;
    outgoing.once('response', (incoming) => {
      // What pveproxy passes on from pvedaemon carries both `Connection: close` and `Keep-Alive`, and the socket stays
      // open (seen on 8.4.21). Node believes the first, which would cost a TLS handshake for every guest.
      if (isKeptAlive(incoming)) outgoing.shouldKeepAlive = true;
      readAnswer(incoming, request.maxBytes).then(resolve, rejectAnswer);
    });
    outgoing.on('error', (error) =>
      rejectAnswer(toWireFailure(error, outgoing.reusedSocket && isClosedConnection(error))),
    );
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

async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<WireAnswer> {
  const { statusCode = 0, statusMessage = '', headers } = incoming;
  const fingerprint = fingerprintOf(incoming.socket);
  const certificate = peerCertificate(incoming.socket);
  const remoteAddress = incoming.socket.remoteAddress ?? null;
  const body = await unpack(await readBody(incoming, maxBytes), headers['content-encoding'], maxBytes);
  const reason = decodeReason(statusMessage);
  return { status: statusCode, reason, headers, text: body.toString('utf8'), fingerprint, certificate, remoteAddress };
}

const fingerprints = new WeakMap<Socket, string | null>();

/** Read once for each connection; one that resumes a session carries no certificate (seen on Node 20). */
function fingerprintOf(socket: Socket): string | null {
  const known = fingerprints.get(socket);
  if (known !== undefined) return known;
  const certificate: Partial<PeerCertificate> = socket instanceof TLSSocket ? socket.getPeerCertificate() : {};
  const seen = certificate.fingerprint256 ?? null;
  fingerprints.set(socket, seen);
  return seen;
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

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) incoming.destroy(new WireFailure('too-large'));
    });
    incoming.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    incoming.once('error', (error) => {
      const failure = toWireFailure(error);
      reject(failure.kind === 'network' ? cutAfter(bytes, incoming) : failure);
    });
    incoming.once('close', () => incoming.readableEnded || reject(cutAfter(bytes, incoming)));
  });
}

function cutAfter(bytes: number, { headers }: IncomingMessage): WireFailure {
  const expected = headers['content-length'];
  return new WireFailure('cut', { detail: expected ? `after ${bytes} of ${expected} bytes` : `after ${bytes} bytes` });
}

/** zlib's own. */
const MIN_CHUNK = 16 * 2 ** 10;
/** deflate makes nothing smaller than that. Source: zlib.net/zlib_tech.html */
const MOST_TIMES_SMALLER = 1032;

/** What an answer says of itself in its last four bytes, so that the list of a large cluster comes in one piece. */
function unpackedSize(packed: Buffer, maxBytes: number): number {
  const said = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  // One byte more, by which it shows that nothing follows.
  return Math.max(MIN_CHUNK, Math.min(said + 1, packed.length * MOST_TIMES_SMALLER, maxBytes + 1));
}

async function unpack(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'deflate') return body;
  if (body.length === 0) return body;
  try {
    const chunkSize = encoding === 'gzip' ? unpackedSize(body, maxBytes) : MIN_CHUNK;
    return await unpackers[encoding](body, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    const { code } = toWireFailure(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new WireFailure('too-large');
    throw new WireFailure('encoding', { detail: `${encoding}: ${code ?? 'unreadable'}` });
  }
}

/** Node reads header bytes as Latin-1; Proxmox VE writes UTF-8. */
function decodeReason(reason: string): string {
  const bytes = Buffer.from(reason, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? reason : text;
}
