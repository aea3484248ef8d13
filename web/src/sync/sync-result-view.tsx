import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatFieldChange } from '../../../src/cli/output/format-value.ts';
import type { DiscoveredHost, SyncResult } from '../../../src/types/sync-result.ts';
import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';

const MOST = 50;

/** New, removed, changed from and to, held: as the commands count it. */
export function SyncResultView({ result }: { result: SyncResult }) {
  const { summary, newHosts, removedHosts, changedHosts, held, warnings, outcome, error } = result;
  const orphans = removedHosts.filter(({ imported }) => imported).length;
  return (
    <div className="result">
      <p>
        <Sign tone={outcome === 'complete' ? 'good' : outcome === 'failed' ? 'bad' : 'warn'}>{outcome}</Sign>{' '}
        <span className="muted">
          {summary.total} hosts: {summary.new} new, {summary.changed} changed, {summary.existing} as before;{' '}
          {summary.removed} removed
        </span>
      </p>
      {error !== undefined && (
        <p>
          <Text>{error.message}</Text>
        </p>
      )}
      {orphans > 0 && (
        <p className="banner warn">
          ▲ {orphans} of the removed hosts {orphans === 1 ? 'was' : 'were'} imported: archive{' '}
          {orphans === 1 ? 'its connection' : 'their connections'} under <Link to="/import">Import</Link>.
        </p>
      )}
      <Hosts title="New" hosts={newHosts} />
      <Hosts
        title="Removed"
        hosts={removedHosts}
        note={({ imported }) => imported && <Sign tone="warn">imported</Sign>}
      />
      <Hosts title="Held back" hosts={held} />
      <Group title="Changed" count={changedHosts.length}>
        {changedHosts.slice(0, MOST).map(({ host, changes }) => (
          <li key={host.id}>
            <HostLink host={host} />:{' '}
            <Text>{changes.map(({ path, before, after }) => formatFieldChange(path, before, after)).join(', ')}</Text>
          </li>
        ))}
      </Group>
      <Group title="Warnings" count={warnings.length}>
        {warnings.slice(0, MOST).map((warning) => (
          <li key={warning.message}>
            <Text>{warning.message}</Text>
          </li>
        ))}
      </Group>
    </div>
  );
}

interface HostsProps {
  title: string;
  hosts: readonly DiscoveredHost[];
  note?: (host: DiscoveredHost) => ReactNode;
}

function Hosts({ title, hosts, note }: HostsProps) {
  return (
    <Group title={title} count={hosts.length}>
      {hosts.slice(0, MOST).map((host) => (
        <li key={host.id}>
          <HostLink host={host} /> {note?.(host)}
        </li>
      ))}
    </Group>
  );
}

function HostLink({ host }: { host: DiscoveredHost }) {
  return (
    <>
      <Link to="/hosts/$id" params={{ id: host.id }}>
        <Text>{host.name}</Text>
      </Link>{' '}
      <span className="muted">
        <Text>{host.providerHostId}</Text>
      </span>
    </>
  );
}

function Group({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <section>
      <h3>
        {title} ({count.toLocaleString('en')})
      </h3>
      <ul>{children}</ul>
      {count > MOST && <p className="muted">and {(count - MOST).toLocaleString('en')} more</p>}
    </section>
  );
}
