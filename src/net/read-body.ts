import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { ByteLease } from './byte-budget.ts';
import { toWireFailure, WireFailure } from './wire-failure.ts';

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) };

export interface BodyLimits {
  /** Of the body, packed and unpacked. */
  maxBytes: number;
  /** Bytes that all answers under way may hold together. */
  lease?: ByteLease | undefined;
}

/** The whole body of an answer, unpacked. Throws WireFailure. */
export async function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const packed = await collect(incoming, limits);
  const encoding = incoming.headers['content-encoding'];
  if ((encoding !== 'gzip' && encoding !== 'deflate') || packed.length === 0) return packed;
  const body = await unpack(packed, encoding, limits.maxBytes);
  limits.lease?.add(body.length);
  return body;
}

async function collect(incoming: IncomingMessage, { maxBytes, lease }: BodyLimits): Promise<Buffer> {
  const parts = new Parts();
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      try {
        lease?.add(chunk.length);
        parts.add(chunk);
        if (parts.bytes > maxBytes) throw new WireFailure('too-large');
      } catch (error) {
        incoming.destroy(toWireFailure(error));
      }
    });
    incoming.once('end', () => resolve(parts.join()));
    incoming.once('error', (error) => {
      const failure = toWireFailure(error);
      reject(failure.kind === 'network' ? cutAfter(parts.bytes, incoming) : failure);
    });
    incoming.once('close', () => incoming.readableEnded || reject(cutAfter(parts.bytes, incoming)));
  });
}

const MANY_PARTS = 64;
const SMALL_BYTES = 4 * 2 ** 10;
const BLOCK_BYTES = 64 * 2 ** 10;

/** Copies small chunks together once there are many: a buffer for each byte takes a hundred times the memory. */
class Parts {
  bytes = 0;
  readonly #parts: Buffer[] = [];
  #block: Buffer | null = null;
  #used = 0;

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#parts.length < MANY_PARTS || chunk.length > SMALL_BYTES) {
      this.#closeBlock();
      this.#parts.push(chunk);
      return;
    }
    if (this.#block !== null && this.#used + chunk.length > this.#block.length) this.#closeBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used += chunk.copy(this.#block, this.#used);
  }

  join(): Buffer {
    this.#closeBlock();
    const [first, ...others] = this.#parts;
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.#parts);
  }

  #closeBlock(): void {
    if (this.#block !== null) this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = null;
    this.#used = 0;
  }
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

async function unpack(packed: Buffer, encoding: 'gzip' | 'deflate', maxBytes: number): Promise<Buffer> {
  try {
    const chunkSize = encoding === 'gzip' ? unpackedSize(packed, maxBytes) : MIN_CHUNK;
    return await unpackers[encoding](packed, { maxOutputLength: maxBytes, chunkSize });
  } catch (error) {
    const { code } = toWireFailure(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new WireFailure('too-large');
    throw new WireFailure('encoding', { detail: `${encoding}: ${code ?? 'unreadable'}` });
  }
}
