import type * as z from 'zod';
import type { CallLabel } from '../net/call-label.ts';
import { AppError } from '../types/errors.ts';
import { isRecord, toNumber } from './decode/primitives.ts';
import { ROWS_AT_ONCE } from './decode/rows.ts';
import { parseJson } from './json.ts';
import { parseLargeJson, SMALL_JSON } from './large-json.ts';
import { Oversize } from './limits.ts';

/** What every answer of /api2/json is wrapped in. */
export interface Envelope {
  data: unknown;
  /** Of lists that come in pages. */
  total: number | undefined;
}

/** Unwraps the text of an answer; a large one in several turns of the event loop, as a promise. Throws AppError('malformed'). */
export function readEnvelope(text: string, { verb, path, endpoint }: CallLabel): Envelope | Promise<Envelope> {
  const on = `${verb} ${path} on ${endpoint}`;
  return text.length > SMALL_JSON ? readLarge(text, on) : toEnvelope(parse(text, on), on);
}

function toEnvelope(body: unknown, on: string): Envelope {
  if (!isRecord(body) || !('data' in body)) {
    throw new AppError('malformed', `${on}: the answer has no data`, {
      hint: 'Check that this is the address of a Proxmox VE server: https://HOST:8006',
    });
  }
  return { data: body['data'], total: toNumber(body['total']) };
}

function parse(text: string, on: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw noJson(text, on);
  }
}

async function readLarge(text: string, on: string): Promise<Envelope> {
  try {
    return toEnvelope(await parseLargeJson(text), on);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw error instanceof Oversize ? oversize(error, on) : noJson(text, on);
  }
}

/** A limit that the user can raise has a code of its own. */
function oversize({ message, hint }: Oversize, on: string): AppError {
  return new AppError(hint === undefined ? 'malformed' : 'limit', `${on}: the answer is refused: ${message}`, {
    hint: hint ?? 'No Proxmox VE answers so much: check what answers at this address',
  });
}

/** How much of an answer is looked at to tell what it is. */
const START_LENGTH = 200;

function noJson(text: string, on: string): AppError {
  const start = text.slice(0, START_LENGTH).trim();
  const isCut = start.startsWith('{') || start.startsWith('[');
  const said = JSON.stringify(start.slice(0, 40).replace(/\s+/g, ' '));
  const what = start === '' ? 'the answer is empty' : `the answer is no JSON; it begins ${said}`;
  return new AppError('malformed', `${on}: ${isCut ? 'the answer ends early or is damaged' : what}`, {
    hint: isCut
      ? 'The connection broke, or a proxy in between limits answers: try again'
      : 'Something other than Proxmox VE may answer at this address; its API is usually on port 8006',
    retryable: isCut,
  });
}

/**
 * Decodes `data` of an answer; a long list in several turns of the event loop, as a promise. Throws AppError('malformed' or
 * 'limit').
 */
export function readData<T>(schema: z.ZodType<T>, data: unknown, path: string): T | Promise<T> {
  return Array.isArray(data) && data.length > ROWS_AT_ONCE
    ? readLong(schema, data, path)
    : dataOf(
        explained(() => schema.safeParse(data), path),
        path,
      );
}

async function readLong<T>(schema: z.ZodType<T>, data: unknown, path: string): Promise<T> {
  try {
    return dataOf(await schema.safeParseAsync(data), path);
  } catch (error) {
    throw error instanceof Oversize ? oversize(error, `GET ${path}`) : error;
  }
}

function dataOf<T>(decoded: z.ZodSafeParseResult<T>, path: string): T {
  if (decoded.success) return decoded.data;
  const { path: where = [], message = '' } = decoded.error.issues[0] ?? {};
  throw new AppError('malformed', `GET ${path}: data${where.map((key) => `.${String(key)}`).join('')}: ${message}`, {
    hint: 'This is not what Proxmox VE 7 to 9 answer here: check the address and the version',
  });
}

function explained<T>(decode: () => T, path: string): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof Oversize ? oversize(error, `GET ${path}`) : error;
  }
}
