import type { StateCache } from './state-cache.ts';

const STORE = 'states';

interface IdbRequest<Result> {
  readonly result: Result;
  onsuccess: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}
interface IdbStore {
  get(key: string): IdbRequest<unknown>;
  put(value: unknown): IdbRequest<unknown>;
  clear(): IdbRequest<unknown>;
}
interface IdbDatabase {
  createObjectStore(name: string, options: { keyPath: string }): unknown;
  transaction(name: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): IdbStore };
  close(): void;
}
interface IdbOpenRequest extends IdbRequest<IdbDatabase> {
  onupgradeneeded: ((event: never) => void) | null;
  onblocked: ((event: never) => void) | null;
}

declare const indexedDB: { open(name: string, version: number): IdbOpenRequest } | undefined;

/**
 * In the browser's database of this name; tabs share it. A browser that has none, or denies it, as in a private window, fails each
 * call, and the client goes on without a cache.
 */
export function indexedDbCache(name = 'rollcall'): StateCache {
  return {
    load: (key) => withStore(name, 'readonly', (store) => store.get(key)),
    save: async (entry) => void (await withStore(name, 'readwrite', (store) => store.put(entry))),
    clear: async () => void (await withStore(name, 'readwrite', (store) => store.clear())),
  };
}

/** Opened for each call: a database that is held open keeps other tabs from deleting it. */
async function withStore(
  name: string,
  mode: 'readonly' | 'readwrite',
  act: (store: IdbStore) => IdbRequest<unknown>,
): Promise<unknown> {
  const database = await open(name);
  try {
    return await done(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function open(name: string): Promise<IdbDatabase> {
  if (typeof indexedDB === 'undefined') return Promise.reject(new Error('There is no IndexedDB here'));
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
  return done(request);
}

function done<Result>(request: IdbRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error('The browser denies its database'));
  });
}
