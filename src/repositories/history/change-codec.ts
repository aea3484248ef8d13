import type { Document, Patch, PatchEntry, Value } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import type { Attribution, ChangeKind, Explanation, PlannedChange } from '../../types/history.ts';
import { storableJson, storableText } from '../db/dialect.ts';
import { type FlatPatch, isDocument, isFlatPatch } from '../db/document-shape.ts';
import type { Row } from '../db/row.ts';
import { type ChangeLabel, decodeLabel, encodeLabel, hasRefParts, joinRef } from './change-label.ts';

/**
 * A change's id is its revision times this plus its place in the revision: 12000003 is the fourth change of revision 12.
 */
const MOST_CHANGES = 1_000_000;

/** A stored change, without its resource and revision. */
export interface StoredChange extends PlannedChange {
  rev: number;
  seq: number;
  /** True once retention has dropped the patch. The patch is then empty, and `digest` replaces it. */
  isPruned: boolean;
  digest: string | null;
}

/** The columns of the table, except the numbers of `resource` and `label`. */
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

/**
 * The columns of a change `c` that {@link decodeChange} reads; more columns and joins may follow. Key and noun are for
 * {@link Row}.
 */
export const CHANGE_SQL = {
  columns: `${REV_OF_CHANGE} AS "rev", c."id" % ${MOST_CHANGES} AS "seq", t."text" AS "resourceId", l."text" AS "label",
    c."ref", c."refId", c."effectiveMs", c."notBeforeMs", c."patch", c."digest", r."at", s."document"`,
  // Snapshots come first: SQLite filters by the tables it has joined so far.
  from: `"changes" c
    LEFT JOIN "state_snapshots" s ON c."patch" IS NULL AND s."resource" = c."resource" AND s."rev" = ${REV_OF_CHANGE}
    LEFT JOIN "revisions" r ON r."rev" = ${REV_OF_CHANGE}
    LEFT JOIN "texts" t ON t."id" = c."resource" LEFT JOIN "texts" l ON l."id" = c."label"`,
  noun: 'change',
  key: ['rev', 'seq'],
} as const;

const REST = 'WHEN x."id" IS NULL THEN c';

/** The same, with the newest explanation of a change in place of what the change says. */
export const EXPLAINED_SQL = {
  ...CHANGE_SQL,
  columns: `${REV_OF_CHANGE} AS "rev", c."id" % ${MOST_CHANGES} AS "seq", t."text" AS "resourceId",
    COALESCE(xl."text", l."text") AS "label", CASE ${REST}."ref" ELSE x."ref" END AS "ref",
    CASE ${REST}."refId" ELSE x."refId" END AS "refId", CASE ${REST}."effectiveMs" ELSE x."effectiveMs" END AS "effectiveMs",
    c."notBeforeMs", c."patch", c."digest", r."at", s."document", xr."at" AS "explainedAt"`,
  from: `${CHANGE_SQL.from}
    LEFT JOIN "explanations" x ON x."id" = (SELECT MAX(e."id") FROM "explanations" e WHERE e."change" = c."id")
    LEFT JOIN "texts" xl ON xl."id" = x."label" LEFT JOIN "revisions" xr ON xr."rev" = (x."id" / ${MOST_CHANGES})`,
} as const;

/** The number of the label that counts for a change `c` among all of the table. */
export const LABEL_OF_CHANGE = `COALESCE((SELECT e."label" FROM "explanations" e WHERE e."change" = c."id"
    ORDER BY e."id" DESC LIMIT 1), c."label")`;

/** The columns of an explanation that {@link decodeExplanation} reads. */
export const EXPLANATION_SQL = {
  columns: `(x."id" / ${MOST_CHANGES}) AS "by", x."id" % ${MOST_CHANGES} AS "place",
    (x."change" / ${MOST_CHANGES}) AS "rev", x."change" % ${MOST_CHANGES} AS "seq", l."text" AS "label",
    x."ref", x."refId", x."effectiveMs", c."notBeforeMs", r."at"`,
  from: `"explanations" x LEFT JOIN "changes" c ON c."id" = x."change" LEFT JOIN "texts" l ON l."id" = x."label"
    LEFT JOIN "revisions" r ON r."rev" = (x."change" / ${MOST_CHANGES})`,
  noun: 'explanation',
  key: ['by', 'place'],
} as const;

/** The id of a change as SQL. Not a parameter, because drivers treat number parameters as 32 bits. */
export function changeIdSql(rev: number, seq = 0): string {
  return `${changeId(rev, seq)}`;
}

export function changeId(rev: number, seq: number): number {
  if (!Number.isSafeInteger(rev * MOST_CHANGES) || seq >= MOST_CHANGES) throw new RangeError(`no change ${rev}/${seq}`);
  return rev * MOST_CHANGES + seq;
}

/**
 * `at`: the time of the revision; `document`: the resource's snapshot in it. The patch of a creation or removal is not
 * stored if it equals that snapshot.
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

/** The columns of the table, except the number of `label`. `rev` and `seq`: its own place. */
export function encodeExplanation(explanation: Explanation, { rev, seq }: { rev: number; seq: number }) {
  const { observedAt, attribution } = explanation;
  const { text: label, ref, refId } = encodeLabel(explanation);
  const { effectiveAt } = attribution;
  return {
    id: changeId(rev, seq),
    change: changeId(explanation.rev, explanation.seq),
    label,
    ref,
    refId,
    effectiveMs: effectiveAt && observedAt.getTime() - effectiveAt.getTime(),
  };
}

/** Throws AppError `database` for a damaged row. `decode` may cache labels. */
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

/** Throws AppError `database` for a damaged row. */
export function decodeExplanation(row: Row, decode = decodeLabel): Explanation {
  const label = decode(row.text('label')) ?? row.damaged('label', 'is none');
  const { resourceType, kind, event, actor, token, source, via, confidence } = label;
  return {
    rev: row.number('rev'),
    seq: row.number('seq'),
    observedAt: new Date(row.number('at')),
    resourceType,
    kind,
    event,
    attribution: { actor, token, source, via, ref: refOf(row, label), confidence, ...timesOf(row) },
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

/** A creation maps every path from null, a removal every path to null. Sorted by path. */
function wholePatch(document: Document, kind: ChangeKind): Patch {
  return Object.entries(document)
    .map(([path, value]): PatchEntry => (kind === 'created' ? [path, null, value] : [path, value, null]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether the patch equals the {@link wholePatch} of the document. */
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

/** Whether a value of a patch equals that of the document. A path that the document lacks equals nothing, not even null. */
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

/** Version 0.1 wrote NUL in patches where the documents have U+FFFD. */
function storableValue(value: Value | null): Value | null {
  if (typeof value === 'string') return storableText(value);
  return typeof value === 'object' && value !== null ? value.map(storableText) : value;
}

/**
 * Hashes are stored in base64: 43 characters instead of 64. Text that {@link base64Of} would not write is not a hash and
 * stays.
 */
export function hexOf(base64: string): string {
  const bytes = Buffer.from(base64, 'base64url');
  return bytes.toString('base64url') === base64 ? bytes.toString('hex') : base64;
}

export function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
