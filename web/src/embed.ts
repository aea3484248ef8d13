// What another page may embed: a package's entry has to name it in one place. Each stands inside LiveProvider and SessionProvider.

export { LiveProvider } from './live/live-context.tsx';
export { SessionProvider } from './shell/session.tsx';
export { CompactSyncManager } from './sync/compact-sync-manager.tsx';
export { ProviderList } from './sync/provider-list.tsx';
export { SyncStatusBadge } from './sync/sync-status-badge.tsx';
