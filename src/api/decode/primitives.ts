import * as z from 'zod';

/**
 * Fields as Proxmox VE sends them. None of these ever fails: what cannot be read is `undefined`, so that one odd field never
 * costs a row. Numbers come as strings and the other way round, depending on version and endpoint.
 */

const NUMBER = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?\s*$/i;
const TRUE = new Set(['1', 'true', 'yes', 'on']);
const FALSE = new Set(['0', 'false', 'no', 'off', '']); // Perl's own false is the empty string

export function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

export function toFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value !== 0;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : undefined;
}

export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** Sorted, each once. An empty text is an empty list. Source of the separators: PVE::Tools split_list. */
export function toList(value: unknown): string[] | undefined {
  const parts = Array.isArray(value) ? value.map(toText) : toText(value)?.split(/[,;\s\0]+/);
  if (parts === undefined) return undefined;
  return [...new Set(parts.filter((part) => part !== undefined && part !== ''))]
    .filter((part) => part !== undefined)
    .sort();
}

/** A whole number from 1, as vmids are. */
export function toVmid(value: unknown): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** Names go into paths, keys and messages; those of Proxmox VE, UPIDs and volume ids included, have some hundred characters. */
const MAX_NAME_LENGTH = 1024;

/** A text that says something. */
export function toName(value: unknown): string | undefined {
  const name = toText(value);
  return name === undefined || name === '' || name.length > MAX_NAME_LENGTH ? undefined : name;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Most levels of a value that is written as text; Proxmox VE sends one. */
const MAX_LEVELS = 16;

/** Whether a value nests no deeper than is written as text: JSON.stringify fails on one of some thousand levels. */
export function isShallow(value: unknown, levels = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1));
}

export const number = z.unknown().transform(toNumber).optional();
export const flag = z.unknown().transform(toFlag).optional();
export const text = z.unknown().transform(toText).optional();
export const list = z.unknown().transform(toList).optional();
export const vmid = z.unknown().transform(toVmid).optional();
export const name = z.unknown().transform(toName).optional();

/** An object, or an empty one in place of anything else. */
export const record = z
  .unknown()
  .transform((value) => (isRecord(value) ? value : {}))
  .optional();
