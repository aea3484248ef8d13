import type { PanelSource } from '../../types/panel.ts';
import { toReading } from '../to-record.ts';

/** A server of the account book that is charged for. */
export interface BookedServer {
  id: string;
  accountKey: string;
  name: string;
  /** As it is called now; null: it was removed. */
  provider: string | null;
  nativeId: string;
  package: string | null;
  cpus: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The account book of this inventory. */
export function openRollcallPanel(list: () => Promise<readonly BookedServer[]>): PanelSource {
  return {
    read: async () =>
      toReading(
        (await list()).map((server) => ({
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
        })),
      ),
    close: async () => undefined,
  };
}
