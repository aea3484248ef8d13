import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { countText } from '../parts/format.ts';
import { Modal } from '../parts/modal.tsx';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import type { SyncActions } from './use-sync-actions.ts';

interface Props {
  providers: readonly Provider[];
  actions: SyncActions;
  refusal: string | null;
}

/** Removals that looked like a mistake: so many at once, or of a provider that answers strangely. */
export function HeldPanel({ providers, actions, refusal }: Props) {
  const [asked, setAsked] = useState<Provider | null>(null);
  const holding = providers.filter(({ held }) => held.length > 0);
  if (holding.length === 0) return null;
  return (
    <Panel title="Removals held back">
      {holding.map((provider) => (
        <div key={provider.id} className="held">
          <div className="held-head">
            <span>
              <strong>
                <Text>{provider.name}</Text>
              </strong>{' '}
              no longer lists {countText(provider.held.length, 'host')}; they stay until somebody says that they are
              gone.
            </span>
            <Action tone="danger" onClick={() => setAsked(provider)} refusal={refusal}>
              Accept…
            </Action>
          </div>
          <ul className="list">
            {provider.held.map(({ hostId, name, vmid, reason, firstHeldAt, runs }) => (
              <li key={hostId}>
                <Link to="/hosts/$id" params={{ id: hostId }}>
                  <Text>{name ?? (vmid === null ? hostId : String(vmid))}</Text>
                </Link>{' '}
                <Text>{reason}</Text>{' '}
                <span className="muted">
                  first held <Ago at={firstHeldAt} />, in {countText(runs, 'run')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <Modal
        title="Accept the removals?"
        description="The next sync takes these hosts for gone. Their history stays; connections that were imported from them become orphans."
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
      >
        <div className="modal-actions">
          <Action onClick={() => setAsked(null)}>Keep holding</Action>
          <Action
            tone="danger"
            onClick={() => {
              if (asked !== null) void actions.sync([asked.id], true);
              setAsked(null);
            }}
          >
            Accept and sync
          </Action>
        </div>
      </Modal>
    </Panel>
  );
}
