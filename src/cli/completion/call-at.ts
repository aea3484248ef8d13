import type { PartialCall } from '../../app/api-words.ts';

/** The call of the API that is being typed. `given`: arguments before the cursor, `flags`: options. */
export function callAt(
  verb: PartialCall['verb'],
  { given, flags }: { given: readonly string[]; flags: readonly string[] },
  current: string,
): PartialCall {
  const [path = null, ...words] = given;
  return { verb, path, isBelowGuest: flags.includes('--guest'), words, current };
}
