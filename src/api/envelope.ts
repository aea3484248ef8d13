import type * as z from 'zod';
import { AppError } from '../types/errors.ts';
import type { CallLabel } from './answer-error.ts';
import { isRecord, toNumber } from './decode/primitives.ts';
import { parseJson } from './json.ts';

/** What every answer of /api2/json is wrapped in. */
export interface Envelope {
  data: unknown;
  /** Of lists that come in pages. */
  total: number | undefined;
}

/** Unwraps the text of an answer. Throws AppError('malformed'). */
export function readEnvelope(text: string, { verb, path, endpoint }: CallLabel): Envelope {
  const body = parse(text, `${verb} ${path} on ${endpoint}`);
  if (!isRecord(body) || !('data' in body)) {
    throw new AppError('malformed', `${verb} ${path} on ${endpoint}: the answer has no data`, {
      hint: 'Check that this is the address of a Proxmox VE server: https://HOST:8006',
    });
  }
  return { data: body['data'], total: toNumber(body['total']) };
}

function parse(text: string, on: string): unknown {
  try {
    return parseJson(text);
  } catch {
    const isCut = /^\s*[{[]/.test(text);
    const start = text.trim().slice(0, 40).replace(/\s+/g, ' ');
    const what =
      text.trim() === '' ? 'the answer is empty' : `the answer is no JSON; it begins ${JSON.stringify(start)}`;
    throw new AppError('malformed', `${on}: ${isCut ? 'the answer ends early or is damaged' : what}`, {
      hint: isCut
        ? 'The connection broke, or a proxy in between limits answers: try again'
        : 'Something other than Proxmox VE may answer at this address; its API is usually on port 8006',
      retryable: isCut,
    });
  }
}

/** Decodes `data` of an answer. Throws AppError('malformed'). */
export function readData<T>(schema: z.ZodType<T>, data: unknown, path: string): T {
  const decoded = schema.safeParse(data);
  if (decoded.success) return decoded.data;
  const { path: where = [], message = '' } = decoded.error.issues[0] ?? {};
  throw new AppError('malformed', `GET ${path}: data${where.map((key) => `.${String(key)}`).join('')}: ${message}`, {
    hint: 'This is not what Proxmox VE 7 to 9 answer here: check the address and the version',
  });
}
