import { AppError } from '../../types/errors.ts';

/** Why an answer cannot be used. */
export interface Refusal {
  message: string;
  hint?: string | undefined;
}

/** Somebody who has not got it right by then needs something other than the same question. */
const MOST_ANSWERS = 5;

/**
 * Asks until an answer can be used, and says each time why not. Throws AppError('usage') after five answers: what answers may be
 * no person.
 */
export async function askUntil<T>(
  question: () => Promise<string>,
  {
    check,
    refuse,
  }: { check: (answer: string) => Promise<T | Refusal> | T | Refusal; refuse: (refusal: Refusal) => void },
): Promise<T> {
  for (let count = 1; ; count += 1) {
    const answer = (await question()).trim();
    const found = answer === '' ? { message: 'nothing was entered' } : await check(answer);
    if (!isRefusal(found)) return found;
    if (count === MOST_ANSWERS) {
      throw new AppError('usage', found.message, {
        hint: found.hint ?? 'start again, or give it as an option: see --help',
      });
    }
    refuse(found);
  }
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'message' in value;
}
