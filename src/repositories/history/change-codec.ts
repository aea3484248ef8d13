import { type Document, type Patch, type PatchEntry, sameValue, type Value } from '../../types/document.ts';
import type { Attribution, ChangeKind, PlannedChange } from '../../types/history.ts';
import { storableJson, storableText } from '../db/dialect.ts';
import { type FlatPatch, isDocument, isFlatPatch } from '../db/document-shape.ts';
import type { Row } from '../db/row.ts';
import { type ChangeLabel, decodeLabel, encodeLabel, hasRefParts, joinRef } from './change-label.ts';

/** A change's id is its revision times this plus its place there: 12000003 is the fourth change of revision 12. */
const MOST_CHANGES = 1_000_000;

/** A change as it is stored, without its resource and revision. */
export interface StoredChange extends PlannedChange {
  rev: number;
  seq: number;
  /** True once retention has dropped the patch, which is empty then; `digest` stands for it. */
  isPruned: boolean;
  digest: string | null;
}

/** What the table has, but for the numbers that stand for `resource` and `label`. */
export interface EncodedChange {
  id: number;
  resource: string;
  label: string;
  ref: string | null;
  refId: number | null;
  effectiveMs: number | null;
  notBeforeMs: number | null;
  patch: string | null;
}

export const REV_OF_CHANGE = `(c."id" / ${MOST_CHANGES})`;

/** What {@link decodeChange} reads of a change `c`; more columns and joins may follow. Key and noun are for {@link Row}. */
export const CHANGE_SQL = {
  columns: `${REV_OF_CHANGE} AS "rev", c."id" % ${MOST_CHANGES} AS "seq", t."text" AS "resourceId", l."text" AS "label",
    c."ref", c."refId", c."effectiveMs", c."notBeforeMs", c."patch", c."digest", r."at", s."document"`,
  // The snapshots first: SQLite filters by what it has joined so far.
  from: `"changes" c
    LEFT JOIN "state_snapshots" s ON c."patch" IS NULL AND s."resource" = c."resource" AND s."rev" = ${REV_OF_CHANGE}
    LEFT JOIN "revisions" r ON r."rev" = ${REV_OF_CHANGE}
    LEFT JOIN "texts" t ON t."id" = c."resource" LEFT JOIN "texts" l ON l."id" = c."label"`,
  noun: 'change',
  key: ['rev', 'seq'],
} as const;

/** The id of a change as SQL. Not a parameter: drivers take numbers of parameters for 32 bits. */
export function changeIdSql(rev: number, seq = 0): string {
  return `${changeId(rev, seq)}`;
}

export function changeId(rev: number, seq: number): number {
  if (!Number.isSafeInteger(rev * MOST_CHANGES) || seq >= MOST_CHANGES) throw new RangeError(`no change ${rev}/${seq}`);
  return rev * MOST_CHANGES + seq;
}

/**
 * `at`: the time of the revision; `document`: what it keeps of the resource. The patch of a creation or removal that says
 * the same is not stored again.
 */
export function encodeChange(
  change: PlannedChange,
  { rev, seq, at, document }: { rev: number; seq: number; at: Date; document: Document | undefined },
): EncodedChange {
  const { attribution, kind, patch } = change;
  const { text, ref, refId } = encodeLabel(change);
  const before = (time: Date | null): number | null => time && at.getTime() - time.getTime();
  const isInDocument = kind !== 'changed' && document !== undefined && isWhole(patch, document, kind);
  return {
    id: changeId(rev, seq),
    resource: storableText(change.resourceId),
    label: text,
    ref,
    refId,
    effectiveMs: before(attribution.effectiveAt),
    notBeforeMs: before(attribution.notBefore),
    patch: isInDocument ? null : storableJson(patch.flat()),
  };
}

/** Throws AppError `database` for a damaged row. `decode` may remember labels. */
export function decodeChange(row: Row, decode = decodeLabel): StoredChange {
  const label = decode(row.text('label')) ?? row.damaged('label', 'is none');
  const { resourceType, kind, event, actor, token, source, via, confidence } = label;
  const ref = refOf(row, label);
  const patch = patchOf(row, kind);
  return {
    rev: row.number('rev'),
    seq: row.number('seq'),
    resourceType,
    resourceId: row.text('resourceId'),
    kind,
    event,
    patch: patch ?? [],
    attribution: { actor, token, source, via, ref, confidence, ...timesOf(row) },
    isPruned: patch === null,
    digest: row.textOrNull('digest') && hexOf(row.text('digest')),
  };
}

function refOf(row: Row, label: ChangeLabel): string | null {
  const refId = row.numberOrNull('refId');
  const ref = joinRef(label, row.textOrNull('ref'), refId);
  return ref === null && hasRefParts(label, refId) ? row.damaged('ref', 'is missing') : ref;
}

/** null once retention has dropped it. */
export function patchOf(row: Row, kind: ChangeKind): Patch | null {
  const flat = row.jsonOrNull('patch', isFlatPatch);
  if (flat !== null) return unflattened(flat);
  const document = kind === 'changed' ? null : row.jsonOrNull('document', isDocument);
  return document && wholePatch(document, kind);
}

function timesOf(row: Row): Pick<Attribution, 'effectiveAt' | 'notBefore'> {
  const at = row.numberOrNull('at') ?? 0;
  const time = (ms: number | null): Date | null => (ms === null ? null : new Date(at - ms));
  return { effectiveAt: time(row.numberOrNull('effectiveMs')), notBefore: time(row.numberOrNull('notBeforeMs')) };
}

/** Of a creation everything from null, of a removal everything to null, sorted by path. */
function wholePatch(document: Document, kind: ChangeKind): Patch {
  return Object.entries(document)
    .map(([path, value]): PatchEntry => (kind === 'created' ? [path, null, value] : [path, value, null]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether the patch says what {@link wholePatch} makes of the document. */
function isWhole(patch: Patch, document: Document, kind: ChangeKind): boolean {
  const [none, side] = kind === 'created' ? ([1, 2] as const) : ([2, 1] as const);
  let last: string | undefined;
  for (const entry of patch) {
    const path = entry[0];
    if (entry[none] !== null || !isSame(entry[side], document[path])) return false;
    if (last !== undefined && last >= path) return false;
    last = path;
  }
  return patch.length === Object.keys(document).length;
}

/** What is not in a document is not null there either. */
function isSame(a: Value | null, b: Value | undefined): boolean {
  return b !== undefined && sameValue(a, b);
}

function unflattened(flat: FlatPatch): Patch {
  const patch: PatchEntry[] = [];
  for (let start = 0; start < flat.length; start += 3) {
    const [path, before = null, after = null] = flat.slice(start, start + 3);
    if (typeof path === 'string') patch.push([storableText(path), storableValue(before), storableValue(after)]);
  }
  return patch;
}

/** Version 0.1 wrote patches with a NUL that the documents beside them have as U+FFFD. */
function storableValue(value: Value | null): Value | null {
  if (typeof value === 'string') return storableText(value);
  return typeof value === 'object' && value !== null ? value.map(storableText) : value;
}

/** Hashes are stored in base64: 43 characters instead of 64. Text that {@link base64Of} does not write is no hash: it stays. */
export function hexOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64url');
  return bytes.toString('base64url') === base64 ? bytes.toString('hex') : base64;
}

export function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
