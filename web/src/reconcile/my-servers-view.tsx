import { useQuery } from '@tanstack/react-query';
import type { OwnFinding, OwnServer } from '../../../src/protocol/reconcile.ts';
import { get } from '../api/request.ts';
import { bytesText, countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { HostStatus, Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { Comparisons, SeveritySign } from './finding-parts.tsx';
import { SyncPanel } from './sync-panel.tsx';
import { SERVERS_KEY, useServerSync } from './use-server-sync.ts';

interface Items<Row> {
  items: Row[];
}

/** The servers of the account of who looks at the page. */
export function MyServersView() {
  const { status, error, retry, sync, isBusy } = useServerSync('/me');
  const servers = useQuery({
    queryKey: [...SERVERS_KEY, 'mine'],
    queryFn: () => get<Items<OwnServer>>('/me/servers'),
  });
  const findings = useQuery({
    queryKey: [...SERVERS_KEY, 'my findings'],
    queryFn: () => get<Items<OwnFinding>>('/me/findings'),
  });
  const failure = servers.error ?? findings.error;
  return (
    <div className="view">
      <h1>My servers</h1>
      {status === undefined ? (
        error === null ? (
          <Loading what="the comparison" />
        ) : (
          <Failure error={error} retry={retry} />
        )
      ) : (
        <SyncPanel status={status} error={error} onSync={sync} isBusy={isBusy} />
      )}
      {failure !== null && status !== undefined && <Failure error={failure} retry={() => void servers.refetch()} />}
      {findings.data !== undefined && <FindingsPanel findings={findings.data.items} />}
      {servers.data !== undefined && <ServersPanel servers={servers.data.items} />}
    </div>
  );
}

function ServersPanel({ servers }: { servers: readonly OwnServer[] }) {
  return (
    <Panel title={`Servers (${servers.length.toLocaleString('en')})`}>
      {servers.length === 0 ? (
        <Empty title="No server is known to be yours">Ask whoever runs them; a comparison may find some.</Empty>
      ) : (
        <ScrollRegion label="Servers, table">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Status</th>
                <th scope="col">Size</th>
                <th scope="col">System</th>
                <th scope="col">Addresses</th>
                <th scope="col">Findings</th>
              </tr>
            </thead>
            <tbody>
              {servers.map(
                ({ id, name, status, cpus, memoryBytes, diskBytes, os, addresses, isExternal, findings }) => (
                  <tr key={id}>
                    <td>
                      <Text>{name ?? 'unknown'}</Text>
                    </td>
                    <td>
                      <HostStatus status={status} />
                    </td>
                    <td className="nowrap">
                      {[cpus === null ? '' : countText(cpus, 'core'), bytesText(memoryBytes), bytesText(diskBytes)]
                        .filter((text) => text !== '')
                        .join(', ')}
                    </td>
                    <td>
                      <Text>{os}</Text>
                    </td>
                    <td>
                      <Text>{addresses.join(', ')}</Text>
                    </td>
                    <td>
                      {isExternal ? (
                        <Sign tone="bad">in no panel</Sign>
                      ) : findings === 0 ? (
                        'none'
                      ) : (
                        <Sign tone="warn">{String(findings)}</Sign>
                      )}
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Panel>
  );
}

function FindingsPanel({ findings }: { findings: readonly OwnFinding[] }) {
  if (findings.length === 0) return null;
  return (
    <Panel title={`Findings (${findings.length.toLocaleString('en')})`}>
      <ul className="list">
        {findings.map(({ id, kind, severity, subject, text, comparisons, firstSeenAt }) => (
          <li key={id}>
            <SeveritySign severity={severity} />{' '}
            <strong>
              <Text>{subject}</Text>
            </strong>{' '}
            {kind}: <Text>{text}</Text>{' '}
            <span className="muted">
              since <Ago at={firstSeenAt} />
            </span>
            <Comparisons comparisons={comparisons} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
