import { type ReactNode, useState } from 'react';
import './embed.css';
import { useRollcallClient } from '../../../src/client/react/rollcall-context.ts';
import { useProviders } from '../../../src/client/react/use-inventory.ts';
import { Action } from '../parts/action.tsx';
import { messageOf } from '../parts/format.ts';
import { ProviderList } from './provider-list.tsx';
import { SyncStatusBadge } from './sync-status-badge.tsx';

export interface CompactSyncManagerProps {
  /** Why this reader may not sync; absent: the server decides. */
  refusal?: string | null;
}

/** The sync manager in the space of a card. */
export function CompactSyncManager({ refusal = null }: CompactSyncManagerProps): ReactNode {
  const { api } = useRollcallClient();
  const enabled = useProviders().filter(({ isEnabled }) => isEnabled);
  const [problem, setProblem] = useState<string | null>(null);
  async function syncAll(): Promise<void> {
    setProblem(null);
    try {
      await Promise.all(enabled.map(({ id }) => api.requestSync(id)));
    } catch (error) {
      setProblem(messageOf(error));
    }
  }
  return (
    <section className="rollcall rollcall-card panel" aria-label="Sync">
      <header className="panel-head">
        <SyncStatusBadge />
        <Action
          onClick={() => void syncAll()}
          refusal={refusal ?? (enabled.length === 0 ? 'No provider is enabled' : null)}
        >
          Sync all
        </Action>
      </header>
      {problem !== null && <p role="alert">✖ {problem}</p>}
      <ProviderList />
    </section>
  );
}
