import type * as z from 'zod';
import type { CallLabel } from '../net/call-label.ts';
import { toQuery } from '../net/query.ts';
import type { WireAnswer } from '../net/wire.ts';
import { AppError } from '../types/errors.ts';
import { answerError, type Identity } from './answer-error.ts';
import { asFinal, asUncertain, type EndpointRequest } from './endpoints.ts';
import { readEnvelope } from './envelope.ts';

export type WriteParameters = Readonly<Record<string, string | readonly string[]>>;

/** A call that changes something. */
export interface WriteRequest<T> {
  verb: 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Sent as a form, of a DELETE in the query, where the server takes them; of a list each value by itself. */
  parameters: WriteParameters;
  /** Of `data`. */
  schema: z.ZodType<T>;
  /** The node that does the work. */
  node?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** How its parameters are sent. */
export function encodeWrite({
  verb,
  path,
  parameters,
}: Pick<WriteRequest<unknown>, 'verb' | 'path' | 'parameters'>): Pick<
  EndpointRequest,
  'verb' | 'path' | 'headers' | 'body'
> {
  if (verb === 'DELETE') return { verb, path: path + toQuery(parameters), headers: {} };
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) form.append(name, one);
  return { verb, path, headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: form.toString() };
}

/** Of an answer that is not a success: `uncertain` where the server may have done it all the same. */
export function writeRefusal(answer: WireAnswer, label: CallLabel, identity: Identity): AppError {
  const error = asFinal(answerError(answer, label, identity));
  return mayHaveArrived(answer) ? asUncertain(error) : error;
}

/**
 * Whether somebody in between answered, who may have passed the call on before. 595 is a connection to the node that did not come
 * up. Source: AnyEvent::HTTP, which pveproxy uses.
 */
function mayHaveArrived({ status }: WireAnswer): boolean {
  return status === 408 || (status >= 502 && status !== 595);
}

/** What was taken and is answered with something unreadable was taken all the same: AppError('uncertain'). */
export async function readWrite<T>({ text }: WireAnswer, label: CallLabel, schema: z.ZodType<T>): Promise<T> {
  const { data } = await read(text, label);
  const decoded = schema.safeParse(data);
  if (decoded.success) return decoded.data;
  throw asUncertain(
    new AppError('malformed', `${label.verb} ${label.path}: the answer is not what the server promises`),
  );
}

async function read(text: string, label: CallLabel): Promise<{ data?: unknown }> {
  try {
    return await readEnvelope(text, label);
  } catch (error) {
    throw error instanceof AppError ? asUncertain(error) : error;
  }
}
