import * as z from 'zod';

/** An error of the API as RFC 9457 words it: `application/problem+json`. */
export const PROBLEM = z
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

export type Problem = z.output<typeof PROBLEM>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
