import * as z from 'zod';
import { AppError } from '../../types/errors.ts';

/** Parses JSON that a writer's statement returned. `what` names the row in errors. */
export function decode<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const why = z.prettifyError(result.error).split('\n')[0] ?? '';
  throw new AppError('database', `The database holds a damaged row, ${what}: ${why}`, {
    hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
  });
}
