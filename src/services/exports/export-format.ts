import type { GuestRow, NodeRow, StorageRow } from '../../types/inventory.ts';
import type { LifecycleReport } from '../../types/lifecycle.ts';

/** What an export is made of. */
export interface Inventory {
  /** In the order of lists: by provider and id. */
  guests: readonly GuestRow[];
  /** Why this may not be all that there is, or not as it is now; empty when it is. Formats write it where they can. */
  problems: readonly string[];
  madeAt: Date;
  /** Empty for a format that does not read them; with a selector, those that its guests are on. */
  nodes: readonly NodeRow[];
  /** The same, of the nodes that are left. */
  storages: readonly StorageRow[];
  /** Names of hypervisors and providers' servers, which no guest is given; empty for a format that does not read them. */
  servers: ReadonlySet<string>;
  /** What was done, oldest first; empty for a format that does not read it. */
  actions: readonly Action[];
  /** When the history begins; null: nothing is recorded, or the format does not read actions. */
  begin: Date | null;
  /** What is no longer supported, or soon will not be, of its guests and nodes; null for a format that does not read it. */
  lifecycle: LifecycleReport | null;
}

/** What one person did to one resource in one go. Without what a run saw for the first time. */
export interface Action {
  at: Date;
  /** `alice@pve!deploy`, or that nobody is known. */
  by: string;
  /** `lab/100 web-01` */
  of: string;
  what: string;
}

/** Parts of an inventory that only some formats need. */
export type InventoryPart = 'nodes' | 'storages' | 'servers' | 'actions' | 'lifecycle';

/** The options of all formats: each reads its own. */
export interface ExportOptions {
  list?: true;
  host?: string;
  user?: string;
  key?: string;
  port?: string;
  domain?: string;
  backupDays?: string;
  snapshotDays?: string;
  historyDays?: string;
}

export interface Rendered {
  content: string | Uint8Array;
  /** What could not be written as it is called, or at all. */
  warnings: readonly string[];
}

/** Pure: the same inventory gives the same bytes. */
export type Render = (inventory: Inventory, options: ExportOptions) => Rendered | Promise<Rendered>;

export interface ExportFormat {
  name: string;
  /** `an Ansible inventory`. */
  about: string;
  /** Paragraphs of its help, before the examples. */
  help?: string;
  examples: readonly string[];
  options?: readonly { flags: string; about: string }[];
  reads?: readonly InventoryPart[];
  /** Bytes that no terminal is sent: it needs --file. */
  isBinary?: true;
  load: () => Promise<Render>;
}
