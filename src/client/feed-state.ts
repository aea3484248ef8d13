import type { State } from '../protocol/feed.ts';

/** The resources of the state, each a list of objects with an `id`. */
export type Lists = Pick<State, 'providers' | 'nodes' | 'storages' | 'operations' | 'hosts'>;

/** The state as clients hold it: never changed in place, so what is the same object has not changed. */
export type FeedState = Readonly<Omit<State, keyof Lists>> & {
  readonly [Name in keyof Lists]: readonly Lists[Name][number][];
};

/**
 * - `synced`: as the server has it
 * - `syncing`: the first state, or a newer one, is on its way
 * - `stale`: there is a state, but no contact with the server since `staleSince`
 * - `disconnected`: there is neither, or the client was not started or is destroyed
 * - `error`: the server refuses; nothing is tried until `forceSync()`
 */
export type SyncStatus = 'synced' | 'syncing' | 'stale' | 'error' | 'disconnected';
export type Transport = 'websocket' | 'polling' | 'none';
