import type { BookedServer, PanelSource } from '../../types/panel.ts';
import { toReading } from '../to-record.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The account book of this inventory. */
export function openRollcallPanel(list: () => Promise<readonly BookedServer[]>): PanelSource {
  return {
    read: async () => {
      const servers = await list();
      const guests = new Map(servers.map(({ id, guestId }) => [id, guestId]));
      const { records, ...reading } = toReading(servers.map(toRow));
      // A vmid may be another guest's by now: the book knows the incarnation.
      return { ...reading, records: records.map((record) => ({ ...record, guestId: guests.get(record.id) ?? '' })) };
    },
    close: async () => undefined,
  };
}

function toRow(server: BookedServer) {
  return {
    id: server.id,
    provider: server.provider,
    native_id: server.nativeId,
    name: server.name,
    owner: server.accountKey,
    cores: server.cpus,
    memory_mb: server.memoryBytes === null ? null : server.memoryBytes / MIB,
    disk_gb: server.diskBytes === null ? null : server.diskBytes / GIB,
    package: server.package,
    billed: true,
  };
}
