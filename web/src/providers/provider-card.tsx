import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { countText } from '../parts/format.ts';
import { ProviderStatusSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago, When } from '../parts/when.tsx';
import { useRefusal } from '../shell/session.tsx';
import { scheduleText } from '../sync/schedule-text.ts';
import { kindOf } from './kinds.ts';
import { RemoveDialog } from './remove-dialog.tsx';
import { TestPanel } from './test-panel.tsx';
import { TrustPanel } from './trust-panel.tsx';
import { useProviderActions } from './use-provider-actions.ts';

type Tool = 'none' | 'test' | 'trust' | 'remove';

interface Props {
  provider: Provider;
  isOpen: boolean;
  onEdit: () => void;
}

export function ProviderCard({ provider, isOpen, onEdit }: Props) {
  const [tool, setTool] = useState<Tool>('none');
  const admin = useRefusal('admin');
  const whole = useRefusal('admin', 'everything');
  const operator = useRefusal('operator');
  const actions = useProviderActions(provider);
  const toggle = (next: Tool) => setTool(tool === next ? 'none' : next);
  return (
    <section className="panel" aria-label={provider.name}>
      <header className="panel-head">
        <div className="provider-title">
          <h2>
            <Text>{provider.name}</Text>
          </h2>
          <ProviderStatusSign status={provider.status} />
          <span className="muted">{kindOf(provider.type).title}</span>
        </div>
        <div className="view-actions">
          <Action onClick={() => toggle('test')} refusal={operator}>
            Test
          </Action>
          <Action onClick={() => toggle('trust')} refusal={whole}>
            Certificate
          </Action>
          <Action onClick={onEdit} refusal={admin}>
            Change
          </Action>
          <Action onClick={() => void actions.setEnabled(!provider.isEnabled)} refusal={admin} isBusy={actions.isBusy}>
            {provider.isEnabled ? 'Disable' : 'Enable'}
          </Action>
          <Action tone="danger" onClick={() => setTool('remove')} refusal={admin}>
            Remove
          </Action>
        </div>
      </header>
      <ProviderFacts provider={provider} isOpen={isOpen} />
      {tool === 'test' && <TestPanel provider={provider} />}
      {tool === 'trust' && <TrustPanel provider={provider} />}
      {tool === 'remove' && <RemoveDialog provider={provider} onClose={() => setTool('none')} />}
    </section>
  );
}

function ProviderFacts({ provider, isOpen }: { provider: Provider; isOpen: boolean }) {
  const { clusterName, counts, lastRun, lastCompleteAt, pauseReason, unavailableStorages, incomplete } = provider;
  return (
    <dl className="facts panel-body">
      <dt>Cluster</dt>
      <dd>
        <Text>{clusterName}</Text>
      </dd>
      <dt>Hosts</dt>
      <dd>
        <Link to="/hosts" search={{ q: `provider=${provider.name}` }}>
          {countText(counts.present, 'host')}
        </Link>
        {counts.unobservable > 0 && `, ${counts.unobservable} unobservable`}
      </dd>
      <dt>Last complete</dt>
      <dd>
        <Ago at={lastCompleteAt} none="never" />
      </dd>
      <dt>Schedule</dt>
      <dd>{scheduleText(provider)}</dd>
      {pauseReason !== null && (
        <>
          <dt>Paused</dt>
          <dd>
            <Text>{pauseReason}</Text>
          </dd>
        </>
      )}
      {lastRun?.error != null && (
        <>
          <dt>Last error</dt>
          <dd>
            <Text>{lastRun.error.message}</Text>
          </dd>
        </>
      )}
      {isOpen && lastRun !== null && (
        <>
          <dt>Last run</dt>
          <dd>
            {lastRun.outcome}, ended <When at={lastRun.finishedAt} />, {countText(lastRun.warnings, 'warning')}
          </dd>
        </>
      )}
      {incomplete.length > 0 && (
        <>
          <dt>Incomplete</dt>
          <dd>
            <Text>
              {incomplete.map(({ scope, message }) => (message === null ? scope : `${scope}: ${message}`)).join('; ')}
            </Text>
          </dd>
        </>
      )}
      {unavailableStorages.length > 0 && (
        <>
          <dt>Storages</dt>
          <dd>
            <Text>{unavailableStorages.map(({ name, nodes }) => `${name} not on ${nodes.join(', ')}`).join('; ')}</Text>
          </dd>
        </>
      )}
    </dl>
  );
}
