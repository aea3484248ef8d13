import type { Document, Value } from '../types/document.ts';
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

export function hasSortedKeys(document: Document): boolean {
  let last: string | undefined;
  for (const key in document) {
    if (last !== undefined && last >= key) return false;
    last = key;
  }
  return true;
}

/** The same document with its keys in order, which makes its digest cheap; itself when they are. */
export function sortedDocument(document: Document): Document {
  if (hasSortedKeys(document)) return document;
  return Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || isTexts(value);
}
