/**
 * Checks whether a parsed JSON value matches its type. By hand and not by zod: loading zod takes as long as most answers,
 * and a list of 10,000 guests has 300,000 fields. Keys that a shape does not name are accepted.
 */
export type Guard<T> = (value: unknown) => value is T;

export function isAnything(_value: unknown): _value is unknown {
  return true;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArrayOf<T>(isItem: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(isItem);
}

export function isRecordOf<T>(isItem: Guard<T>): Guard<Record<string, T>> {
  return (value): value is Record<string, T> => isRecord(value) && Object.values(value).every(isItem);
}

export function isWord<W extends string>(words: readonly W[]): Guard<W> {
  return (value): value is W => words.some((word) => word === value);
}

/** Required keys, and keys that may be absent. */
export function isShape<R extends object, O extends object = object>(
  required: { [K in keyof R]: Guard<R[K]> },
  optional?: { [K in keyof O]: Guard<O[K]> },
): Guard<R & Partial<O>> {
  const needed = Object.entries<Guard<unknown>>(required);
  const allowed = Object.entries<Guard<unknown>>(optional ?? {});
  return (value): value is R & Partial<O> =>
    isRecord(value) &&
    needed.every(([key, isField]) => isField(value[key])) &&
    allowed.every(([key, isField]) => !(key in value) || isField(value[key]));
}

export function isEither<A, B>(isA: Guard<A>, isB: Guard<B>): Guard<A | B> {
  return (value): value is A | B => isA(value) || isB(value);
}

export function isNullOr<T>(isValue: Guard<T>): Guard<T | null> {
  return (value): value is T | null => value === null || isValue(value);
}
