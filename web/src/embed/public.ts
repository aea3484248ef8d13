// What `rollcall/components` is: a package's entry has to name it in one place. Each stands below a RollcallProvider.

export { CompactSyncManager, type CompactSyncManagerProps } from './compact-sync-manager.tsx';
export { ProviderList } from './provider-list.tsx';
export { SyncStatusBadge } from './sync-status-badge.tsx';
