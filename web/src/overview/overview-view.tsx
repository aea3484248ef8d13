import { useMemo } from 'react';
import '../styles/overview.css';
import type { FeedState } from '../../../src/client/feed-state.ts';
import { CompactSyncManager } from '../embed/compact-sync-manager.tsx';
import { useLive } from '../live/live-context.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { useRefusal } from '../shell/session.tsx';
import { ChangesPanel } from './changes-panel.tsx';
import { ProvidersPanel } from './providers-panel.tsx';
import { UnobservablePanel } from './unobservable-panel.tsx';
import { WarningsPanel } from './warnings-panel.tsx';

export function OverviewView() {
  const { state, error } = useLive();
  const refusal = useRefusal('operator');
  if (state === null) {
    return (
      <div className="view">
        <h1>Overview</h1>
        {error === null ? <Loading what="the inventory" /> : <Failure error={error} />}
      </div>
    );
  }
  return (
    <div className="view">
      <h1>Overview</h1>
      <Figures state={state} />
      <ProvidersPanel providers={state.providers} operations={state.operations} />
      <ChangesPanel guests={state.hosts.length} />
      <div className="columns">
        <UnobservablePanel state={state} />
        <WarningsPanel />
        <CompactSyncManager refusal={refusal} />
      </div>
    </div>
  );
}

function Figures({ state }: { state: FeedState }) {
  const figures = useMemo(() => figuresOf(state), [state]);
  return (
    <ul className="figures" aria-label="Counts">
      {figures.map(({ title, value, note }) => (
        <li key={title}>
          <span className="figure-title">{title}</span>
          <span className="figure">{value.toLocaleString('en')}</span>
          <span className="muted">{note}</span>
        </li>
      ))}
    </ul>
  );
}

function figuresOf({ hosts, nodes, storages, providers }: FeedState) {
  let [running, unobservable, imported] = [0, 0, 0];
  for (const host of hosts) {
    if (host.status === 'running') running += 1;
    if (host.presence !== 'present') unobservable += 1;
    if (host.importedAs !== undefined) imported += 1;
  }
  const online = nodes.filter(({ status }) => status === 'online').length;
  const held = providers.reduce((sum, one) => sum + one.held.length, 0);
  const well = providers.filter(({ status }) => status === 'complete').length;
  return [
    { title: 'Hosts', value: hosts.length, note: `${imported.toLocaleString('en')} imported` },
    { title: 'Running', value: running, note: `${(hosts.length - running).toLocaleString('en')} not running` },
    {
      title: 'Unobservable',
      value: unobservable,
      note: unobservable === 0 ? 'all could be seen' : 'shown as last seen',
    },
    { title: 'Removals held', value: held, note: held === 0 ? 'nothing to confirm' : 'see Sync' },
    { title: 'Nodes', value: nodes.length, note: `${online} online, ${storages.length} storages` },
    { title: 'Providers', value: providers.length, note: `${well} complete` },
  ];
}
