import * as z from 'zod';
import { parseTime } from '../../text/time.ts';

/** `2026-11-01`, `yesterday`, `24h`: as the commands take a time. */
const timeText = z.string().min(1).max(64);

export const pageQuery = {
  // It has the names by which a list is sorted.
  cursor: z.string().max(2000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
};
export const atQuery = { at: timeText.optional().describe('as it was then: a time as the commands take it') };
export const rangeQuery = {
  since: timeText.optional().describe('24h, yesterday, 2026-11-01'),
  until: timeText.optional(),
};
export const selectorQuery = {
  selector: z.string().max(2000).optional().describe("a selector as the commands take it: 'tag=prod,memory>8G'"),
};
export const idParams = z.object({ id: z.string().min(1).max(64) });

/** One or more words of a query: `kind=created&kind=removed`. */
export const words = z
  .union([z.string().max(200), z.array(z.string().max(200)).max(50)])
  .transform((value) => [value].flat())
  .optional();

export function timesOf(
  { at, since, until }: { at?: string | undefined; since?: string | undefined; until?: string | undefined },
  now: Date,
): { at?: Date; since?: Date; until?: Date } {
  return {
    ...(at !== undefined && { at: parseTime(at, now) }),
    ...(since !== undefined && { since: parseTime(since, now) }),
    ...(until !== undefined && { until: parseTime(until, now) }),
  };
}
