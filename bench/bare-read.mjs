// @ts-check
// node bench/bare-read.mjs FILE list|json|changes: the same rows as `list-vms`, `list-vms -o json` and `show-changes --limit 50`
// print, by better-sqlite3 and nothing else.
import Database from 'better-sqlite3';

const [file = '', what = 'list'] = process.argv.slice(2);
const db = new Database(file, { readonly: true });
const print = { list: printList, json: printJson, changes: printChanges }[what];
if (print === undefined) throw new Error(`what is ${what}?`);
print();

function guests() {
  return /** @type {Record<string, string | number | null>[]} */ (
    db
      .prepare(
        `SELECT g.*, t.*, p."name" AS "providerName" FROM "guests" g LEFT JOIN "guest_telemetry" t ON t."guestId" = g."id"
         JOIN "providers" p ON p."id" = g."providerId" WHERE g."kind" = 'qemu' AND g."presence" <> 'gone' ORDER BY g."vmid"`,
      )
      .all()
  );
}

function printList() {
  printRows(
    ['vmid', 'name', 'node', 'status', 'cpus', 'memoryBytes', 'diskBytes', 'tags'],
    guests().map((row) => ({ ...row, tags: JSON.parse(String(row['tags'])).join(',') })),
  );
}

function printJson() {
  const rows = guests().map((row) => ({
    ...row,
    document: JSON.parse(String(row['document'])),
    identity: JSON.parse(String(row['identity'])),
    tags: JSON.parse(String(row['tags'])),
  }));
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
}

function printChanges() {
  const rows = /** @type {Record<string, string | number | null>[]} */ (
    db
      .prepare(
        `SELECT c."id", c."patch", c."ref", r."at", l."text" AS "label", t."text" AS "resource", g."vmid", g."name", s."document"
         FROM "changes" c LEFT JOIN "revisions" r ON r."rev" = c."id" / 1000000 LEFT JOIN "texts" l ON l."id" = c."label"
         LEFT JOIN "texts" t ON t."id" = c."resource" LEFT JOIN "guests" g ON g."id" = t."text"
         LEFT JOIN "state_snapshots" s ON s."resource" = c."resource" AND s."rev" = c."id" / 1000000
         ORDER BY c."id" DESC LIMIT 50`,
      )
      .all()
  );
  printRows(
    ['at', 'vmid', 'name', 'kind', 'what', 'actor'],
    rows.toReversed().map((row) => {
      const [, kind, , actor] = JSON.parse(String(row['label']));
      const patch = JSON.parse(String(row['patch'] ?? '[]'));
      return { ...row, at: new Date(Number(row['at'])).toISOString(), kind, actor, what: patch.join(' ') };
    }),
  );
}

/**
 * @param {string[]} columns
 * @param {Record<string, string | number | null>[]} rows
 */
function printRows(columns, rows) {
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '-')))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const drawn = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  process.stdout.write(`${drawn.join('\n')}\n`);
}
