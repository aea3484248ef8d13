import { AppError } from '../../types/errors.ts';

export const DAY_MS = 86_400_000;
const MOST_DAYS = 3660;

/** A number of days of an option, or its default. Throws AppError('usage'). */
export function parseDays(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new AppError('usage', `'${text}' is no number of days`, { hint: `write 1 to ${MOST_DAYS}` });
}
