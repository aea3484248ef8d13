import { listRows } from './calls.ts';
import * as cluster from './decode/cluster.ts';
import * as guest from './decode/guest.ts';
import * as onNode from './decode/node.ts';
import { MAX_BRIDGES } from './limits.ts';
import { type GuestPlace, guestPath, nodePath } from './paths.ts';
import type { PveMigratePreconditions, PveReplicationJob } from './plan-types.ts';
import type { CallOptions } from './pve-types.ts';
import type { Transport } from './transport.ts';

/** The read calls that only plans of actions need, decoded. */
export class PlanReads {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Names of what a guest's card can be on: bridges, and from 8 on virtual networks. Only those that whoever asks may see. */
  async getBridges(node: string, options?: CallOptions): Promise<string[]> {
    const read = { query: { type: 'any_bridge' }, limit: MAX_BRIDGES, node, ...options };
    const rows = await listRows(this.#transport, `${nodePath(node)}/network`, onNode.bridge, read);
    return rows.map(({ iface }) => iface);
  }

  /** The lowest vmid that no guest has, within the range that the datacenter's options give. */
  getNextVmid(options?: CallOptions): Promise<number> {
    return this.#transport.get('/cluster/nextid', { schema: cluster.nextVmid, ...options });
  }

  /** Whether all its volumes can do that. A disk that is left out of backups counts as well. */
  async hasFeature(
    { kind, node, vmid }: GuestPlace,
    feature: 'snapshot' | 'clone' | 'copy',
    options?: CallOptions,
  ): Promise<boolean> {
    const path = `${guestPath(kind, node, vmid)}/feature`;
    const answer = await this.#transport.get(path, { schema: guest.feature, query: { feature }, node, ...options });
    return answer.hasFeature === true;
  }

  /** Needs VM.Migrate. Of a container from 9 on; before, the server has no such call. */
  getMigratePreconditions(
    { kind, node, vmid }: GuestPlace,
    target: string,
    options?: CallOptions,
  ): Promise<PveMigratePreconditions> {
    const path = `${guestPath(kind, node, vmid)}/migrate`;
    return this.#transport.get(path, { schema: guest.migratePreconditions, query: { target }, node, ...options });
  }

  /** Of the guests that it may see. */
  getReplicationJobs(options?: CallOptions): Promise<PveReplicationJob[]> {
    return listRows(this.#transport, '/cluster/replication', cluster.replicationJob, options);
  }
}
