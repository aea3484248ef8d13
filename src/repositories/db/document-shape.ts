import type { Document, Value } from '../../types/document.ts';
import { isRecord, isText, isTexts } from './stored-shape.ts';

/** `["memory",1024,2048,"cores",2,4]`: a patch as it is stored. */
export type FlatPatch = readonly (Value | null)[];

export function isDocument(value: unknown): value is Document {
  return isRecord(value) && Object.values(value).every(isValue);
}

export function isFlatPatch(value: unknown): value is FlatPatch {
  if (!Array.isArray(value) || value.length % 3 !== 0) return false;
  return value.every((item: unknown, index) => (index % 3 === 0 ? isText(item) : item === null || isValue(item)));
}

function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || isTexts(value);
}
