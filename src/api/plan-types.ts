/** What the server says about a migration before it is asked for. */
export interface PveMigratePreconditions {
  isRunning: boolean;
  allowedNodes: readonly string[];
  /** Node → what it lacks, and which HA resources keep it away; one that is allowed may be there with nothing. */
  refusedNodes: ReadonlyMap<
    string,
    { storages: readonly string[]; resources: readonly string[]; haResources: readonly string[] }
  >;
  /** Of a VM: volumes on storages that the nodes do not share. */
  localDisks: readonly {
    volid: string;
    sizeBytes: number | null;
    isCdrom: boolean;
    isAttached: boolean;
    isInSnapshot: boolean;
  }[];
  /** Devices of its node: `hostpci0`. */
  localResources: readonly string[];
}

/** Copies the disks of a guest to another node from time to time. */
export interface PveReplicationJob {
  /** `100-0`. */
  id: string;
  /** Its vmid. */
  guest?: number | undefined;
  target?: string | undefined;
}
