import type { Cluster } from './cluster.ts';
import type { LabNode, LabStorage } from './model.ts';

export interface LabStorageControl {
  disable(): void;
  enable(): void;
  remove(): void;
  /** Only these nodes may use it. */
  restrictTo(nodes: readonly string[]): void;
  /** The node cannot reach it any more. */
  goOffline(node: string): void;
  comeBack(node: string): void;
}

/** What an administrator does in a shell of a node, or what happens to the machines. */
export interface LabUpkeep {
  /** `pvecm delnode`. Guests of the node stay listed, as below /etc/pve/nodes, until `clearFolder`. */
  removeNode(name: string): void;
  /** `rm -r /etc/pve/nodes/NAME` */
  clearFolder(node: string): void;
  /** Moves the configurations below /etc/pve/nodes/FROM to another node. */
  moveFolder(from: string, to: string): void;
  /** `pvecm create`: a host that is in no cluster founds one. */
  foundCluster(name: string): void;
  /** pmxcfs without a corosync configuration: it answers as a host in no cluster. null: as before. */
  pretendAlone(isAlone: boolean): void;
  /**
   * `systemctl stop pve-cluster`: it refuses whatever it is asked. The answers take so long one after the other; on a real
   * server the first takes 10 s and the others 3 s.
   */
  stopPmxcfs(node: string, answersMs?: readonly number[]): void;
  startPmxcfs(node: string): void;
  /** `ha-manager crm-command node-maintenance enable NODE` */
  maintenance(node: string, isOn: boolean): void;
  storage(id: string): LabStorageControl;
  /** `pvesr create-local-job VMID-0 TARGET` */
  replicate(vmid: number, target: string): void;
}

export function labUpkeep(cluster: Cluster): LabUpkeep {
  return {
    removeNode: (name) => removeNode(cluster, nodeOf(cluster, name)),
    clearFolder: (name) => {
      for (const guest of cluster.guests.values()) if (guest.node === name) cluster.guests.delete(guest.vmid);
    },
    moveFolder: (from, to) => {
      for (const guest of cluster.guests.values()) if (guest.node === from) guest.node = nodeOf(cluster, to).name;
    },
    foundCluster: (name) => {
      cluster.name = name;
    },
    replicate: (vmid, target) => {
      cluster.replications.set(vmid, nodeOf(cluster, target).name);
    },
    pretendAlone: (isAlone) => {
      cluster.isAlone = isAlone;
    },
    stopPmxcfs: (name, answersMs = [0]) => {
      nodeOf(cluster, name).withoutPmxcfsMs = [...answersMs];
    },
    startPmxcfs: (name) => {
      nodeOf(cluster, name).withoutPmxcfsMs = null;
    },
    maintenance: (name, isOn) => {
      nodeOf(cluster, name).isInMaintenance = isOn;
    },
    storage: (id) => storageControl(cluster, id),
  };
}

/** The manager of the cluster logs it. Source: pve-cluster PVE/API2/ClusterConfig.pm delnode. */
function removeNode(cluster: Cluster, { name }: LabNode): void {
  const local = cluster.localNode();
  if (name === local.name) throw new RangeError('the node that answers cannot be removed');
  cluster.log.append({
    node: local.name,
    time: cluster.nowSeconds(),
    user: 'root@pam',
    tag: 'pvecm',
    pid: cluster.takePid(),
    priority: 5,
    message: `deleting node ${name} from cluster`,
  });
  cluster.nodes.delete(name);
}

function storageControl(cluster: Cluster, id: string): LabStorageControl {
  return {
    disable: () => {
      storageOf(cluster, id).isEnabled = false;
    },
    enable: () => {
      storageOf(cluster, id).isEnabled = true;
    },
    remove: () => {
      cluster.storages.delete(storageOf(cluster, id).id);
    },
    restrictTo: (nodes) => {
      storageOf(cluster, id).nodes = nodes;
    },
    goOffline: (node) => {
      storageOf(cluster, id).offlineOn.add(node);
    },
    comeBack: (node) => {
      storageOf(cluster, id).offlineOn.delete(node);
    },
  };
}

function nodeOf({ nodes }: Cluster, name: string): LabNode {
  const node = nodes.get(name);
  if (!node) throw new RangeError(`the lab has no node ${name}`);
  return node;
}

function storageOf({ storages }: Cluster, id: string): LabStorage {
  const storage = storages.get(id);
  if (!storage) throw new RangeError(`the lab has no storage ${id}`);
  return storage;
}
