import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal, RefusedAnswer, RestCall } from '../../net/rest-wire.ts';
import { type Rate, TokenBuckets } from '../../net/token-bucket.ts';
import { refusal } from './answers.ts';
import { partOf } from './arm-id.ts';

/**
 * Reads of Azure Resource Manager, of a subscription and whoever reads it: a bucket of 250 that fills by 25 a second.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
const READS: Rate = { burst: 250, perSecond: 25 };
/**
 * Lists of virtual machines and scale sets, which Compute counts by itself, in three minutes and in thirty. How many it allows is told
 * by its headers only, which count as well.
 * https://learn.microsoft.com/troubleshoot/azure/virtual-machines/troubleshooting-throttling-errors
 */
const COMPUTE_LISTS: Rate = { burst: 120, perSecond: 1 };
const COMPUTE_LIST = /\/providers\/Microsoft\.Compute\/(?:virtualMachines|virtualMachineScaleSets)(?:\?|$|\/[^/?]+\/)/i;

/** With so few calls left, the next ones wait. */
const FEW = 5;
/** Longer than this nobody waits within a run. */
const LONGEST_WAIT_MS = 30_000;
/** Of a resource that is not there, or whose group or scale set is not. Of a subscription that is not seen another code is answered. */
const ABSENT = new Set(['ResourceNotFound', 'ResourceGroupNotFound', 'ParentResourceNotFound', 'NotFound']);
const MOST_REASON = 160;

type Headers = RefusedAnswer['headers'];

/** Holds calls back to what Azure takes, each subscription and kind of call by itself. */
export class Throttle {
  readonly #buckets = new TokenBuckets();
  /** When a subscription takes calls again, by the monotonic clock. */
  readonly #closedUntilMs = new Map<string, number>();

  async pace(path: string, signal: AbortSignal): Promise<void> {
    const key = keyOf(path);
    const closedMs = (this.#closedUntilMs.get(key) ?? 0) - performance.now();
    if (closedMs > 0) await sleep(closedMs, undefined, { signal }).catch(() => undefined);
    await this.#buckets.wait(key, rateOf(path), signal);
  }

  /** Goes by what an answer says of the calls that are left: after a refusal no other call of the subscription is sent before its time. */
  note({ status, headers, retryAfterMs }: Omit<RefusedAnswer, 'text'>, { path }: Pick<RestCall, 'path'>): void {
    const key = keyOf(path);
    const waitMs = status === 429 ? retryAfterMs : undefined;
    if (waitMs !== undefined) this.#closedUntilMs.set(key, performance.now() + Math.min(waitMs, LONGEST_WAIT_MS));
    else if (status === 429 || callsLeft(headers) < FEW) this.#buckets.drain(key);
  }
}

function rateOf(path: string): Rate {
  return COMPUTE_LIST.test(path) ? COMPUTE_LISTS : READS;
}

/** By the subscription: each has limits of its own. */
function keyOf(path: string): string {
  return `${partOf(path.split('?')[0] ?? '', 'subscriptions') ?? ''} ${rateOf(path) === READS ? 'reads' : 'lists'}`;
}

/** The least of what the headers tell: `11999`, `Microsoft.Compute/HighCostGet3Min;107,Microsoft.Compute/HighCostGet30Min;547`. */
export function callsLeft(headers: Headers): number {
  const reads = [headers['x-ms-ratelimit-remaining-subscription-reads']].flat();
  const resource = [headers['x-ms-ratelimit-remaining-resource']].flat().flatMap((one) => one?.split(',') ?? []);
  const counts = [...reads, ...resource.map((one) => one.split(';')[1])].flatMap((count) =>
    count !== undefined && /^\s{0,9}\d{1,9}\s{0,9}$/.test(count) ? [Number(count)] : [],
  );
  return Math.min(Number.POSITIVE_INFINITY, ...counts);
}

/** What Azure says when it refuses a call. */
export function readRefusal({
  status,
  text,
  retryAfterMs,
}: Pick<RefusedAnswer, 'status' | 'text' | 'retryAfterMs'>): Partial<Refusal> {
  const { code, message } = problemOf(text);
  const said = code === '' ? {} : { message: `${code}: ${firstSentence(message)}` };
  if (status === 429) return { ...said, ...throttled(retryAfterMs) };
  if (status === 404 && !ABSENT.has(code)) {
    return { ...said, code: 'server', hint: 'Check the id of the subscription, and that the login has a right on it' };
  }
  return said;
}

/** The server says when it takes calls again, which may be after the run. */
function throttled(waitMs = 0): Partial<Refusal> {
  const isPassing = waitMs <= LONGEST_WAIT_MS;
  const when = isPassing ? 'later' : `in ${Math.ceil(waitMs / 60_000)} min`;
  return { code: 'server', isPassing, hint: `Azure limits requests for each subscription: try again ${when}` };
}

function problemOf(text: string): { code: string; message: string } {
  try {
    return refusal.parse(JSON.parse(text));
  } catch {
    return { code: '', message: '' };
  }
}

function firstSentence(message: string): string {
  return (message.split(/\. |\r?\n/)[0] ?? '').slice(0, MOST_REASON);
}
