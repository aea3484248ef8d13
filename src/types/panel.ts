export const PANEL_TYPES = ['sql', 'http', 'file', 'virtfusion', 'whmcs', 'netbox', 'rollcall'] as const;
export type PanelType = (typeof PANEL_TYPES)[number];

/** What the fields of a record are called where somebody maps them: columns of a view, keys of a mapping, a header of CSV. */
export const RECORD_FIELDS = [
  'id',
  'provider',
  'native_id',
  'uuid',
  'mac',
  'address',
  'name',
  'owner',
  'state',
  'cores',
  'memory_mb',
  'disk_gb',
  'package',
  'billed',
] as const;
export type RecordField = (typeof RECORD_FIELDS)[number];

/** What a panel says of a server: `suspended` and `terminated` are not about its power state, but about what it should do. */
export const RECORD_STATES = ['running', 'stopped', 'suspended', 'terminated'] as const;
export type RecordState = (typeof RECORD_STATES)[number];

/** One server as a panel knows it. Fields that the panel does not tell are null or empty. */
export interface PanelRecord {
  /** The panel's own id, unique in the panel. */
  id: string;
  /** Name of the provider as the inventory calls it. */
  provider: string | null;
  /** The platform's id: a vmid, a UUID, `i-0abc`. A vmid alone means a guest only together with `provider`, or where one provider is compared. */
  nativeId: string | null;
  /** Of the firmware; lower case, in either byte order. */
  uuid: string | null;
  /** Upper case, with colons. */
  macs: readonly string[];
  /** IPv4 and IPv6, lower case, without a prefix length. */
  addresses: readonly string[];
  name: string | null;
  /** The panel's id of whoever owns it. */
  owner: string | null;
  state: RecordState | null;
  cores: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  package: string | null;
  /** false: the panel has it, and nobody pays for it. null: not told. */
  isBilled: boolean | null;
  /** Of the account book alone: id of the incarnation that it is. */
  guestId?: string;
}

/** A panel's list as it was read. */
export interface PanelReading {
  records: readonly PanelRecord[];
  /** Why records may be missing or be wrong; null: the list is whole. A list that is not whole opens and closes no finding of a record that is missing. */
  doubt: string | null;
  /** Values that could not be used, such as a UUID that is none. They count as not told; the list is whole all the same. */
  notes?: readonly string[];
}

export interface ReadPanelOptions {
  signal: AbortSignal;
  onProgress?: (step: string, done: number, total: number | null) => void;
}

/** An opened panel. Throws AppError for what cannot be read at all. */
export interface PanelSource {
  read(options: ReadPanelOptions): Promise<PanelReading>;
  close(): Promise<void>;
}

/** Which guests a panel is about. Without any of them all guests of all providers. */
export interface PanelScope {
  /** Names of providers, with `*` and `?`. */
  providers: readonly string[];
  /** Selectors, as `list-guests` takes them; any of them has to match. */
  selectors: readonly string[];
}

/** How the certificate of a panel is verified; with neither, by the authorities of the system. */
export interface PanelTls {
  caFile?: string;
  /** SHA-256. */
  fingerprint?: string;
}

/** A name of this program's, and what the panel calls it: a column, a custom field, an expression. */
export type FieldMap = Readonly<Partial<Record<RecordField, string>>>;

/** How a list that comes in several answers is read. Expressions are JSONata over an answer. */
export type HttpPaging =
  | { kind: 'none' }
  | { kind: 'pages'; param: string; first: number /** True of the last answer. */; until: string }
  | { kind: 'next' /** The address of the next answer; nothing: there is none. */; next: string }
  | { kind: 'offset'; offsetParam: string; limitParam: string; limit: number };

interface HttpPanel extends PanelTls {
  type: 'http';
  url: string;
  /** `Authorization`, and a reference to its whole value. */
  header?: { name: string; valueRef: string };
  paging: HttpPaging;
  /** Expressions over an answer: its rows, and how many there are in all. */
  rows: string;
  total?: string;
  /** Expressions over a row. */
  fields: FieldMap;
}

interface WhmcsPanel extends PanelTls {
  type: 'whmcs';
  url: string;
  identifierRef: string;
  secretRef: string;
  fields: FieldMap;
  /** Which products are servers, by their group and name, with `*` and `?`. None: all of them. */
  groups: readonly string[];
  products: readonly string[];
}

/** Where a panel is, and how it is read. Secrets are references. */
export type PanelSettingsOfType =
  | ({ type: 'sql'; urlRef: string; statement: { query: string } | { view: string }; maxRows: number } & Pick<
      PanelTls,
      'caFile'
    >)
  | HttpPanel
  | { type: 'file'; path: string; format: 'csv' | 'json' | 'yaml'; fields: FieldMap }
  | ({ type: 'virtfusion'; url: string; tokenRef: string } & PanelTls)
  | WhmcsPanel
  | ({ type: 'netbox'; url: string; tokenRef: string; fields: FieldMap } & PanelTls)
  | { type: 'rollcall' };

export type PanelSettings = PanelSettingsOfType & { scope: PanelScope };

/** A panel as it is stored. `settings` are not trusted before the seal was checked. */
export interface StoredPanel {
  id: string;
  name: string;
  type: string;
  settings: unknown;
  seal: string;
  createdAt: Date;
  lastReadAt: Date | null;
  lastCompleteAt: Date | null;
  lastCount: number | null;
  lastIssue: string | null;
}

/** How a record was matched with a guest, the strongest evidence first. `person`: somebody said so; `none`: it was matched with none. */
export const MATCH_EVIDENCE = ['person', 'provider-id', 'uuid', 'mac', 'address', 'name', 'none'] as const;
export type MatchEvidence = (typeof MATCH_EVIDENCE)[number];

/** The incarnation that a record was matched with. */
export interface PanelLink {
  panelId: string;
  recordId: string;
  /** Empty: none, since the record was first read. */
  guestId: string;
  by: MatchEvidence;
  /** Of what the record says of its machine. */
  digest: string;
  since: Date;
  linkedBy: string | null;
  /** What the panel calls the owner of the record; null: it does not say. */
  owner: string | null;
}

/** A server of the account book that is charged for. */
export interface BookedServer {
  id: string;
  /** The incarnation. */
  guestId: string;
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
