import type { Document, Value } from '../types/document.ts';

/** Paths with their values; one that is null or was not read is left out of the document. */
export type Fields = readonly (readonly [path: string, value: Value | null | undefined])[];

export function toDocument(fields: Fields): Document {
  const document: Record<string, Value> = {};
  for (const [path, value] of fields) if (value !== null && value !== undefined) document[path] = value;
  return document;
}

/** null for an empty list: a field without values is not there. */
export function someOf<T>(values: readonly T[]): readonly T[] | null {
  return values.length === 0 ? null : values;
}
