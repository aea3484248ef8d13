import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Host, Provider } from '../../../src/protocol/resources.ts';
import { KIND_WORDS } from '../../../src/types/guest.ts';
import { bytesText } from '../parts/format.ts';
import { HostStatus, Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';

export interface HostRow {
  host: Host;
  provider: Provider | undefined;
}

export interface HostColumn {
  id: string;
  title: string;
  /** Of the grid; grows with the text. */
  width: string;
  isNumber?: boolean;
  /** What is sorted by; undefined comes last. */
  value: (row: HostRow) => string | number | undefined;
  cell: (row: HostRow) => ReactNode;
}

export const HOST_COLUMNS: readonly HostColumn[] = [
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(9.375rem, 2.2fr)',
    value: ({ host }) => host.name ?? host.nativeId,
    cell: ({ host }) => (
      <Link to="/hosts/$id" params={{ id: host.id }} className="row-link" preload={false}>
        <Text>{host.name ?? host.nativeId}</Text>
      </Link>
    ),
  },
  {
    id: 'vmid',
    title: 'VMID',
    width: '4.75rem',
    isNumber: true,
    value: ({ host }) => host.vmid,
    cell: ({ host }) => host.vmid ?? <span className="none">—</span>,
  },
  text('provider', 'Provider', 'minmax(5.625rem, 1fr)', ({ provider }) => provider?.name),
  text('kind', 'Kind', '5.25rem', ({ host }) => KIND_WORDS[host.kind]),
  text('node', 'Node', 'minmax(5rem, 1fr)', ({ host }) => host.node),
  {
    id: 'status',
    title: 'Status',
    width: 'minmax(6.5rem, 1fr)',
    value: ({ host }) => host.status,
    cell: ({ host }) => <HostStatus status={host.status} />,
  },
  {
    id: 'presence',
    title: 'Presence',
    width: 'minmax(8rem, 1fr)',
    value: ({ host }) => host.presence,
    cell: ({ host }) =>
      host.presence === 'present' ? (
        <Sign tone="good">present</Sign>
      ) : (
        <Sign tone="warn" title={host.reason}>
          unobservable
        </Sign>
      ),
  },
  {
    id: 'tags',
    title: 'Tags',
    width: 'minmax(6.875rem, 1.4fr)',
    value: ({ host }) => (host.tags.length === 0 ? undefined : host.tags.join(' ')),
    cell: ({ host }) => host.tags.map((tag) => <Tag key={tag}>{tag}</Tag>),
  },
  text('pool', 'Pool', 'minmax(5rem, 1fr)', ({ host }) => host.pool),
  number('cpus', 'CPUs', '3.875rem', ({ host }) => host.cpus),
  bytes('memory', 'Memory', ({ host }) => host.memoryBytes),
  bytes('disk', 'Disk', ({ host }) => host.diskBytes),
  text('os', 'OS', 'minmax(6.875rem, 1.4fr)', ({ host }) => host.os ?? host.osType),
  text('addresses', 'Addresses', 'minmax(8.125rem, 1.6fr)', ({ host }) => host.addresses.join(', ') || undefined),
  text('lock', 'Lock', '5.625rem', ({ host }) => host.lock),
  text('template', 'Template', '5.25rem', ({ host }) => (host.isTemplate ? 'yes' : undefined)),
  age('backup', 'Last backup', ({ host }) => host.lastBackupAt),
  text('imported', 'Imported as', 'minmax(6.875rem, 1fr)', ({ host }) => host.importedAs),
  age('created', 'First seen', ({ host }) => host.firstSeenAt),
  age('seen', 'Last seen', ({ host, provider }) => host.lastSeenAt ?? provider?.lastCompleteAt ?? undefined),
];

export const DEFAULT_COLUMNS = ['name', 'vmid', 'provider', 'node', 'status', 'tags', 'cpus', 'memory', 'disk'];

export function Tag({ children }: { children: string }) {
  return (
    <span className="tag">
      <Text>{children}</Text>
    </span>
  );
}

function text(id: string, title: string, width: string, value: (row: HostRow) => string | undefined): HostColumn {
  return { id, title, width, value, cell: (row) => <Text>{value(row)}</Text> };
}

function number(id: string, title: string, width: string, value: (row: HostRow) => number | undefined): HostColumn {
  return { id, title, width, isNumber: true, value, cell: (row) => value(row) ?? <span className="none">—</span> };
}

function bytes(id: string, title: string, value: (row: HostRow) => number | undefined): HostColumn {
  return { id, title, width: '5.75rem', isNumber: true, value, cell: (row) => bytesText(value(row)) };
}

function age(id: string, title: string, value: (row: HostRow) => string | undefined): HostColumn {
  return { id, title, width: '7.375rem', value, cell: (row) => <Ago at={value(row)} /> };
}
