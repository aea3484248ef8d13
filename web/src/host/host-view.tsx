import { Tabs } from '@base-ui/react/tabs';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import '../styles/host.css';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import { findHost, listHistory } from '../api/calls.ts';
import { RollcallError } from '../api/request.ts';
import type { HostDetails } from '../api/types.ts';
import { Tag } from '../hosts/columns.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { setParts } from '../parts/set-parts.ts';
import { HostStatus, Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import type { HostSearch } from '../search-types.ts';
import { AtBanner } from '../time/at-banner.tsx';
import { CompareTab } from './compare-tab.tsx';
import { ConfigurationTab } from './configuration-tab.tsx';
import { FactsTab } from './facts-tab.tsx';
import { HistoryTab } from './history-tab.tsx';

const route = getRouteApi('/hosts/$id');

const TABS = [
  ['facts', 'Facts'],
  ['configuration', 'Configuration'],
  ['history', 'History'],
  ['compare', 'Compare'],
] as const;

export function HostView() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const { data, error, refetch } = useQuery({
    queryKey: [...queryKeys.history, 'host', id, search.at],
    queryFn: () => findHost(id, search.at),
    placeholderData: (before) => (before?.id === id ? before : undefined),
  });
  if (error instanceof RollcallError && error.status === 404) {
    return (
      <Empty title="There is no such host">
        It may be out of your scope, or its history was pruned. <Link to="/hosts">Look among the hosts</Link>
      </Empty>
    );
  }
  return (
    <div className="view">
      {data === undefined &&
        (error === null ? <Loading what="the host" /> : <Failure error={error} retry={() => void refetch()} />)}
      {data !== undefined && <HostPage host={data} />}
    </div>
  );
}

function HostPage({ host }: { host: HostDetails }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const history = useQuery({
    queryKey: [...queryKeys.history, 'changes', host.id],
    queryFn: () => listHistory(host.id),
  });
  const change = (part: { [K in keyof HostSearch]: string | undefined }) =>
    void navigate({ search: (before) => setParts(before, part), replace: true });
  const tab = TABS.find(([one]) => one === search.tab)?.[0] ?? 'facts';
  return (
    <>
      <HostHead host={host} />
      {search.at !== undefined && <AtBanner at={search.at} onNow={() => change({ at: undefined })} />}
      <Tabs.Root value={tab} onValueChange={(next) => change({ tab: String(next) })}>
        <Tabs.List className="tabs" aria-label="Parts of the host">
          {TABS.map(([value, title]) => (
            <Tabs.Tab key={value} value={value} className="tab">
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="facts" className="tab-panel">
          <FactsTab host={host} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration" className="tab-panel">
          <ConfigurationTab document={host.document} />
        </Tabs.Panel>
        <Tabs.Panel value="history" className="tab-panel">
          <HistoryTab records={history.data} error={history.error} retry={() => void history.refetch()} />
        </Tabs.Panel>
        <Tabs.Panel value="compare" className="tab-panel">
          <CompareTab host={host} records={history.data ?? []} search={search} onChange={change} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}

function HostHead({ host }: { host: HostDetails }) {
  const { name, nativeId, status, presence, presenceReason, providerName, node, vmid, tags, lastSeenAt } = host;
  return (
    <header className="host-head">
      <p className="muted">
        <Link to="/hosts">Hosts</Link> / <Text>{providerName}</Text> / <Text>{node}</Text>
      </p>
      <div className="host-title">
        <h1>
          <Text>{name ?? nativeId}</Text>
        </h1>
        {vmid !== null && <span className="muted">{vmid}</span>}
        <HostStatus status={status} />
        {presence !== 'present' && (
          <Sign tone={presence === 'gone' ? 'bad' : 'warn'} title={presenceReason ?? undefined}>
            {presence}
          </Sign>
        )}
        <span>
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      </div>
      {presence !== 'present' && (
        <p className="muted">
          <Text>{presenceReason ?? 'It is not known why'}</Text>; everything here is as last seen{' '}
          <Ago at={lastSeenAt} />.
        </p>
      )}
    </header>
  );
}
