/** A value of a tracked field. Sets (tags, content types) are sorted arrays; sizes of disks are bytes; secrets are masked. */
export type Value = string | number | boolean | readonly string[];

/**
 * Everything tracked of a resource, flat: `{"name":"web-01","net0.bridge":"vmbr0","scsi0.size":1073741824}`.
 * A field that a resource does not have is not in the document; there is no null.
 */
export type Document = Readonly<Record<string, Value>>;

/** `[path, before, after]`; null stands for "not there". Reversible: swap before and after. */
export type PatchEntry = readonly [path: string, before: Value | null, after: Value | null];
export type Patch = readonly PatchEntry[];

/** The form of a {@link PatchEntry} in results and JSON output. */
export interface FieldChange {
  path: string;
  before: Value | null;
  after: Value | null;
}
