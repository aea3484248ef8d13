import * as z from 'zod';
import type { Refusal } from '../../net/rest-wire.ts';

const text = z.string().nullish().catch(null);
const answer = z.object({
  error: z.object({
    message: text,
    status: text,
    errors: z.array(z.object({ reason: text })).catch([]),
    details: z.array(z.object({ reason: text })).catch([]),
  }),
});

/** https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-api-errors; 403 has them as well as 429. */
const TOO_MANY: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'RATE_LIMIT_EXCEEDED',
  'RESOURCE_EXHAUSTED',
]);
const SWITCHED_OFF: ReadonlySet<string> = new Set(['accessNotConfigured', 'SERVICE_DISABLED']);

/** What an error of Google's says: in which project an API is switched off, and whether a call came too often. */
export function readRefusal(status: number, body: string): Partial<Refusal> {
  const parsed = answer.safeParse(jsonOf(body));
  if (!parsed.success) return {};
  const { message, status: word, errors, details } = parsed.data.error;
  const reasons = [word, ...errors.map(({ reason }) => reason), ...details.map(({ reason }) => reason)].flatMap(
    (reason) => reason ?? [],
  );
  const said = message ? { message: message.split('\n', 1)[0] ?? '' } : {};
  if (reasons.some((reason) => TOO_MANY.has(reason)))
    return { ...said, code: 'server', isPassing: true, hint: 'Google Cloud limits requests: try again later' };
  if (status === 403 && reasons.some((reason) => SWITCHED_OFF.has(reason)))
    return {
      ...said,
      code: 'forbidden',
      hint: 'Enable the API: gcloud services enable compute.googleapis.com logging.googleapis.com',
    };
  return said;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
