import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import '../styles/sync.css';
import { useLive } from '../live/live-context.tsx';
import { Action } from '../parts/action.tsx';
import { Empty, Loading } from '../parts/notice.tsx';
import { useRefusal } from '../shell/session.tsx';
import { HeldPanel } from './held-panel.tsx';
import { OperationsPanel } from './operations-panel.tsx';
import { ResultDialog } from './result-dialog.tsx';
import { SyncTable } from './sync-table.tsx';
import { useSyncActions } from './use-sync-actions.ts';

const route = getRouteApi('/sync');

/** Everything about bringing the inventory up to date. */
export function SyncView() {
  const { state } = useLive();
  const { operation } = route.useSearch();
  const navigate = route.useNavigate();
  const refusal = useRefusal('operator');
  const actions = useSyncActions();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (state === null) return <Loading what="providers" />;
  const { providers, operations } = state;
  const enabled = providers.filter(({ isEnabled }) => isEnabled).map(({ id }) => id);
  const marked = enabled.filter((id) => chosen.includes(id));
  return (
    <div className="view">
      <div className="view-head">
        <h1>Sync</h1>
        <div className="view-actions">
          <Action
            onClick={() => void actions.sync(marked)}
            refusal={refusal ?? (marked.length === 0 ? 'Mark providers in the table first' : null)}
            isBusy={actions.asking.length > 0}
          >
            Sync marked ({marked.length})
          </Action>
          <Action
            tone="primary"
            onClick={() => void actions.sync(enabled)}
            refusal={refusal ?? (enabled.length === 0 ? 'No provider is enabled' : null)}
            isBusy={actions.asking.length > 0}
          >
            Sync all
          </Action>
        </div>
      </div>
      {providers.length === 0 ? (
        <Empty title="No provider yet">
          <Link to="/providers" search={{ form: 'new' }}>
            Add one
          </Link>{' '}
          to have something to sync.
        </Empty>
      ) : (
        <SyncTable
          providers={providers}
          operations={operations}
          chosen={chosen}
          onChoose={setChosen}
          actions={actions}
          refusal={refusal}
        />
      )}
      <HeldPanel providers={providers} actions={actions} refusal={refusal} />
      <OperationsPanel current={operations} actions={actions} refusal={refusal} />
      {operation !== undefined && (
        <ResultDialog id={operation} onClose={() => void navigate({ search: {}, replace: true })} />
      )}
    </div>
  );
}
