import * as z from 'zod';

/** A field with an example, from which those of whole bodies are put together. */
export function example<T extends z.ZodType>(schema: T, value: z.input<T>): T {
  return schema.meta({ examples: [value] });
}

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
    type: example(z.string(), 'urn:rollcall:problem:not-found'),
    title: example(z.string(), 'There is no such thing'),
    status: z.int(),
    /** Stable, for programs. */
    code: example(z.string(), 'not-found'),
    detail: z.string().optional(),
    /** What to try next. */
    hint: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;
