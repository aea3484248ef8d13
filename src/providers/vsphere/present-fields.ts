import type { Document, Value } from '../../types/document.ts';

/** Paths with their values; one that is null or was not read is left out of the document. */
export type Fields = readonly (readonly [path: string, value: Value | null | undefined])[];

export function toDocument(fields: Fields): Document {
  return Object.fromEntries(
    fields.flatMap(([path, value]) => (value === null || value === undefined ? [] : [[path, value] as const])),
  );
}
