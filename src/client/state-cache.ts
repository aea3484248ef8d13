import type { FeedState } from './feed-state.ts';
import { isFields, isState } from './server-message.ts';

const FORMAT = 1;

/** A state as a cache keeps it: neither a token nor a cookie is in it. */
export interface CacheEntry {
  format: number;
  /** Of which server, user and filter it is. */
  key: string;
  /** When it was last equal to the server's. Milliseconds since 1970. */
  savedAt: number;
  state: FeedState;
}

/** Where the last state is kept. What it loads is checked by the client: a damaged or foreign entry is ignored. */
export interface StateCache {
  load(key: string): Promise<unknown>;
  save(entry: CacheEntry): Promise<void>;
  clear(): Promise<void>;
}

/** For as long as the program runs. */
export function memoryCache(): StateCache {
  const entries = new Map<string, CacheEntry>();
  return {
    load: async (key) => entries.get(key) ?? null,
    save: async (entry) => void entries.set(entry.key, entry),
    clear: async () => entries.clear(),
  };
}

export function cacheKey(url: string, user: string, filter: string): string {
  return JSON.stringify([url, user, filter]);
}

export function newEntry(key: string, savedAt: number, state: FeedState): CacheEntry {
  return { format: FORMAT, key, savedAt, state };
}

/** null: it is damaged, of another program, server, user or filter, or too old. The clock may have been set back since. */
export function readEntry(value: unknown, key: string, age: { now: number; ttlMs: number }): CacheEntry | null {
  if (!isFields(value) || value['format'] !== FORMAT || value['key'] !== key) return null;
  const { savedAt, state } = value;
  if (typeof savedAt !== 'number' || Math.abs(age.now - savedAt) > age.ttlMs || !isState(state)) return null;
  return { format: FORMAT, key, savedAt: Math.min(savedAt, age.now), state };
}
