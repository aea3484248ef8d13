import * as z from 'zod';

/** ISO 8601, in UTC. */
export const time = z.iso.datetime().meta({ id: 'Time', examples: ['2026-11-27T09:30:00.000Z'] });

/**
 * What a client has seen. `version` is opaque and rises with everything that clients see; `(epoch, rev)` is the history's: the epoch is
 * new when the database is another one, the revision is the auditor's number.
 */
export const version = z
  .object({ version: z.string(), epoch: z.string(), rev: z.int() })
  .meta({ id: 'Version', examples: [{ version: '9f2c.1a4.m9x2k1', epoch: '9f2c01d4', rev: 412 }] });
export type Version = z.infer<typeof version>;

/** An error of the API as RFC 9457 words it: `application/problem+json`. */
export const problem = z
  .object({
    /** `urn:rollcall:problem:CODE` */
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** Stable, for programs. */
    code: z.string(),
    detail: z.string().optional(),
    /** What to try next. */
    hint: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
