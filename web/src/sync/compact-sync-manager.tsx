import '../styles/sync.css';
import { useLive } from '../live/live-context.tsx';
import { Action } from '../parts/action.tsx';
import { Empty } from '../parts/notice.tsx';
import { useRefusal } from '../shell/session.tsx';
import { ProviderList } from './provider-list.tsx';
import { SyncStatusBadge } from './sync-status-badge.tsx';
import { useSyncActions } from './use-sync-actions.ts';

/** The sync manager in the space of a card. */
export function CompactSyncManager() {
  const { state } = useLive();
  const refusal = useRefusal('operator');
  const actions = useSyncActions();
  const enabled = (state?.providers ?? []).filter(({ isEnabled }) => isEnabled).map(({ id }) => id);
  return (
    <section className="panel compact" aria-label="Sync">
      <header className="panel-head">
        <SyncStatusBadge />
        <Action
          onClick={() => void actions.sync(enabled)}
          refusal={refusal ?? (enabled.length === 0 ? 'No provider is enabled' : null)}
          isBusy={actions.asking.length > 0}
        >
          Sync all
        </Action>
      </header>
      {state !== null && state.providers.length === 0 ? <Empty title="No provider yet" /> : <ProviderList />}
    </section>
  );
}
