import type { ReactNode } from 'react';
import { formatDuration, formatPercent } from '../../../src/cli/output/format.ts';
import { KIND_WORDS } from '../../../src/types/guest.ts';
import { disksOf, type GuestDisk, type GuestNetwork, networksOf, snapshotsOf } from '../../../src/types/guest-parts.ts';
import type { HostDetails } from '../api/types.ts';
import { bytesText } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';
import { Ago, When } from '../parts/when.tsx';
import { AvailabilityPanel } from './availability-panel.tsx';

export function FactsTab({ host }: { host: HostDetails }) {
  return (
    <div className="columns">
      <Panel title="Machine">
        <Facts rows={machineRows(host)} />
      </Panel>
      <Panel title="System and network">
        <Facts rows={systemRows(host)} />
      </Panel>
      <Panel title="Backups and life">
        <Facts rows={lifeRows(host)} />
      </Panel>
      <AvailabilityPanel id={host.id} />
    </div>
  );
}

type Row = readonly [title: string, value: ReactNode];

function Facts({ rows }: { rows: readonly Row[] }) {
  return (
    <dl className="facts panel-body">
      {rows.map(([title, value]) => (
        <div key={title} className="fact">
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function machineRows(host: HostDetails): Row[] {
  const { telemetry, cpus, memoryBytes, diskBytes } = host;
  const load = telemetry?.cpu == null ? '' : ` (${formatPercent(telemetry.cpu)} in use)`;
  const used = telemetry?.memoryUsedBytes == null ? '' : ` (${bytesText(telemetry.memoryUsedBytes)} used)`;
  return [
    ['Kind', `${KIND_WORDS[host.kind]}${host.isTemplate ? ', template' : ''}`],
    ['Id', <Text key="id">{host.nativeId}</Text>],
    ['Node', <Text key="node">{host.node}</Text>],
    ['Pool', <Text key="pool">{host.pool}</Text>],
    ['CPUs', cpus === null ? '—' : `${cpus}${load}`],
    ['Memory', memoryBytes === null ? '—' : `${bytesText(memoryBytes)}${used}`],
    ['Disk', bytesText(diskBytes) || '—'],
    ['Disks', <Lines key="disks" texts={disksOf(host.document).map(diskText)} />],
    ['Uptime', telemetry?.uptimeSeconds == null ? '—' : formatDuration(telemetry.uptimeSeconds * 1000)],
    ['Lock', <Text key="lock">{host.lock}</Text>],
  ];
}

function systemRows(host: HostDetails): Row[] {
  const { addresses, addressesAt, addressesIssue, os, osType } = host;
  const texts = addresses.map((one) => (one.interface === null ? one.address : `${one.address} (${one.interface})`));
  return [
    ['System', <Text key="os">{os?.name ?? osType}</Text>],
    ['Type', <Text key="type">{osType}</Text>],
    ['Addresses', <Lines key="addresses" texts={[...new Set(texts)]} />],
    ['Read', <Ago key="read" at={addressesAt} none="the guest never told" />],
    ...(addressesIssue === null ? [] : [['Not told', <Text key="issue">{addressesIssue}</Text>] as const]),
    ['Networks', <Lines key="networks" texts={networksOf(host.document).map(networkText)} />],
  ];
}

function lifeRows(host: HostDetails): Row[] {
  const { lastBackup, backupJobs } = host;
  return [
    [
      'Last backup',
      <span key="backup">
        <Ago at={lastBackup?.at} none="none is known" />
        {lastBackup?.bytes != null && ` (${bytesText(lastBackup.bytes)})`}
      </span>,
    ],
    ['Backup jobs', <Text key="jobs">{backupJobs?.join(', ')}</Text>],
    ['Snapshots', <Lines key="snapshots" texts={snapshotsOf(host.document).map(({ name }) => name)} />],
    ['First seen', <When key="first" at={host.firstSeenAt} />],
    ['Last seen', <When key="last" at={host.lastSeenAt} />],
    ...(host.goneAt === null ? [] : [['Gone', <When key="gone" at={host.goneAt} />] as const]),
  ];
}

function Lines({ texts }: { texts: readonly string[] }) {
  if (texts.length === 0) return <span className="none">—</span>;
  return (
    <ul>
      {texts.map((text) => (
        <li key={text}>
          <Text>{text}</Text>
        </li>
      ))}
    </ul>
  );
}

function diskText({ name, bytes, storage, format }: GuestDisk): string {
  const parts = [bytesText(bytes), storage === null ? '' : `on ${storage}`, format ?? ''];
  return `${name}: ${parts.filter((part) => part !== '').join(' ')}`;
}

function networkText({ name, bridge, vlan, mac }: GuestNetwork): string {
  return `${name}: ${bridge ?? '?'}${vlan === null ? '' : `, VLAN ${vlan}`}${mac === null ? '' : `, ${mac}`}`;
}
