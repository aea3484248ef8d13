import type { GuestRow } from '../../types/inventory.ts';

/** What an export is made of. */
export interface Inventory {
  /** In the order of lists: by provider and id. */
  guests: readonly GuestRow[];
  /** Why this may not be all that there is, or not as it is now; empty when it is. Formats write it where they can. */
  problems: readonly string[];
  madeAt: Date;
}

/** The options of all formats: each reads its own. */
export interface ExportOptions {
  list?: true;
  host?: string;
  user?: string;
  key?: string;
  port?: string;
  domain?: string;
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
  /** Bytes that no terminal is sent: it needs --file. */
  isBinary?: true;
  load: () => Promise<Render>;
}
