import type { RestLimits } from '../../net/rest-wire.ts';
import type { ServerDetails } from '../../providers/virtfusion/answers.ts';
import { VirtfusionClient } from '../../providers/virtfusion/virtfusion-client.ts';
import type { PanelSettings, PanelSource, ReadPanelOptions } from '../../types/panel.ts';
import type { PanelTrust } from '../panel-wire.ts';
import { type MappedRow, toReading } from '../to-record.ts';

export interface VirtfusionPanelParts {
  settings: Extract<PanelSettings, { type: 'virtfusion' }>;
  token: string;
  trust: PanelTrust;
  limits?: RestLimits;
}

/** Servers as the control panel has them. Throws AppError('configuration') for an address that is none. */
export function openVirtfusionPanel({ settings, token, trust, limits }: VirtfusionPanelParts): PanelSource {
  const client = new VirtfusionClient({ ...limits, endpoint: settings.url, tls: trust, token });
  return {
    read: async ({ signal, onProgress }: ReadPanelOptions) => {
      const { rows, doubt } = await client.servers(signal);
      const details = await readDetails(client, rows, { signal, ...(onProgress && { onProgress }) });
      const found = details.flatMap((one) => (one === null ? [] : [toServerRow(one)]));
      const gone = details.length - found.length;
      const lost = gone === 0 ? null : `${gone} of its servers went away while it was read`;
      return toReading(found, doubt ?? lost);
    },
    close: async () => client.close(),
  };
}

/** The client has few requests at a time, and waits where the panel asks for it. The first failure ends the others. */
async function readDetails(
  client: VirtfusionClient,
  rows: readonly { id: number }[],
  { signal, onProgress }: ReadPanelOptions,
): Promise<(ServerDetails | null)[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let done = 0;
  try {
    return await Promise.all(
      rows.map(async ({ id }) => {
        const details = await client.server(id, { signal: either });
        onProgress?.('servers', ++done, rows.length);
        return details;
      }),
    );
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** Whether a server runs is not told: the panel would ask its hypervisor for each. */
function toServerRow(details: ServerDetails): MappedRow {
  const { id, uuid, name, hostname, suspended, owner, cpu, settings, network, storage } = details;
  const cards = [...network.interfaces, ...network.secondaryInterfaces];
  const disks = storage.map(({ capacity }) => capacity ?? 0);
  return {
    id,
    native_id: uuid.toLowerCase(),
    uuid,
    name: name || hostname,
    owner: owner?.extRelationId ?? owner?.id,
    state: suspended === true ? 'suspended' : null,
    mac: cards.map(({ mac }) => mac),
    address: cards.flatMap(({ ipv4, ipv6 }) => [
      ...ipv4.map(({ address }) => address),
      ...ipv6.flatMap(({ addresses }) => addresses.map((one) => (typeof one === 'string' ? one : one.address))),
    ]),
    cores: cpu?.cores,
    memory_mb: settings?.resources?.memory,
    disk_gb: disks.reduce((sum, one) => sum + one, 0),
  };
}
