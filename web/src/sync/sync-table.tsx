import { Link } from '@tanstack/react-router';
import type { Operation, Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { ProviderStatusSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { operationOf } from './operation-of.ts';
import { OperationProgress } from './progress.tsx';
import { scheduleText } from './schedule-text.ts';
import type { SyncActions } from './use-sync-actions.ts';

interface Props {
  providers: readonly Provider[];
  operations: readonly Operation[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
  actions: SyncActions;
  refusal: string | null;
}

export function SyncTable({ providers, operations, chosen, onChoose, actions, refusal }: Props) {
  const all = providers.map(({ id }) => id);
  const areAll = all.every((id) => chosen.includes(id));
  return (
    <Panel title="Providers">
      <ScrollRegion label="Providers, table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Mark all"
                  checked={areAll}
                  onChange={() => onChoose(areAll ? [] : all)}
                />
              </th>
              <th scope="col">Name</th>
              <th scope="col">Status</th>
              <th scope="col">Last run</th>
              <th scope="col">Schedule</th>
              <th scope="col">Now</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {providers.map((provider) => (
              <SyncRow
                key={provider.id}
                provider={provider}
                operation={operationOf(operations, provider.id)}
                isChosen={chosen.includes(provider.id)}
                onToggle={() => onChoose(toggled(chosen, provider.id))}
                actions={actions}
                refusal={refusal}
              />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

interface RowProps {
  provider: Provider;
  operation: Operation | undefined;
  isChosen: boolean;
  onToggle: () => void;
  actions: SyncActions;
  refusal: string | null;
}

function SyncRow({ provider, operation, isChosen, onToggle, actions, refusal }: RowProps) {
  const { id, name, status, lastRun, isEnabled } = provider;
  return (
    <tr>
      <td>
        <input type="checkbox" aria-label={`Mark ${name}`} checked={isChosen} onChange={onToggle} />
      </td>
      <td>
        <Link to="/providers" search={{ provider: id }}>
          <Text>{name}</Text>
        </Link>
      </td>
      <td>
        <ProviderStatusSign status={status} title={lastRun?.error?.message} />
      </td>
      <td className="nowrap">
        <Ago at={lastRun?.finishedAt} none="never" />
      </td>
      <td className="nowrap">{scheduleText(provider)}</td>
      <td>{operation === undefined ? <span className="none">—</span> : <OperationProgress operation={operation} />}</td>
      <td className="number">
        {operation?.kind === 'sync' ? (
          <Action
            onClick={() => void actions.cancel(operation.id)}
            refusal={refusal}
            label={`Cancel the sync of ${name}`}
          >
            Cancel
          </Action>
        ) : (
          <Action
            onClick={() => void actions.sync([id])}
            refusal={refusal ?? (isEnabled ? null : 'It is disabled: enable it under Providers')}
            isBusy={actions.asking.includes(id)}
            label={`Sync ${name}`}
          >
            Sync
          </Action>
        )}
      </td>
    </tr>
  );
}

function toggled(chosen: readonly string[], id: string): readonly string[] {
  return chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
}
