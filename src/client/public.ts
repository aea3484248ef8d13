// What `rollcall/client` is: a package's entry has to name it in one place.

export type { Problem, Version } from '../protocol/common.ts';
export type {
  FeedEvent,
  Increment,
  LifecycleWarning,
  ServerMessage,
  State,
  SyncAnswer,
  VersionAnswer,
} from '../protocol/feed.ts';
export type {
  ChangeRecord,
  GuestRow,
  HostAvailability,
  HostDiff,
  ProviderAvailability,
} from '../protocol/lists.ts';
export type { Session } from '../protocol/people.ts';
export type { FinishedOperation, Host, Node, Operation, Provider, Run, Storage } from '../protocol/resources.ts';
export {
  type ChangeQuery,
  type CommandRow,
  type HostQuery,
  type OperationQuery,
  type Page,
  type PageQuery,
  type RangeQuery,
  RollcallApi,
  type SyncParameters,
  type TaskQuery,
} from './api.ts';
export { adoptState, applyIncrement } from './apply-events.ts';
export type { Fetch, Socket, SocketConstructor, Timers } from './environment.ts';
export type { FeedState, SyncStatus, Transport } from './feed-state.ts';
export type { News, SyncInfo } from './feed-store.ts';
export { indexedDbCache } from './indexed-db-cache.ts';
export { findById } from './keyed-list.ts';
export { RollcallClient, type RollcallClientOptions } from './rollcall-client.ts';
export { RollcallError } from './rollcall-error.ts';
export { type CacheEntry, memoryCache, type StateCache } from './state-cache.ts';
