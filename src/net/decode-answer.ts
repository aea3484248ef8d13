import type * as z from 'zod';
import { AppError } from '../types/errors.ts';

/** The answer to a call as its schema has it. Throws AppError('malformed'), in which nothing of the answer appears. */
export function decodeAnswer<T>(
  answer: unknown,
  schema: z.ZodType<T>,
  { what, endpoint, title }: { what: string; endpoint: string; title: string },
): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AppError('malformed', `${what} on ${endpoint}: the answer is not what ${title} answers`, {
    hint: `Something else may answer at this address, a proxy in between, or a release of ${title} that is not known yet`,
  });
}
