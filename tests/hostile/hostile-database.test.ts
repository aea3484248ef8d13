import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import {
  ATTRIBUTION_SOURCES,
  CHANGE_EVENTS,
  CHANGE_KINDS,
  CONFIDENCES,
  RESOURCE_TYPES,
} from '../../src/types/history.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { everyHostileText, expectHarmless, hostileText } from './hostile-text.ts';

/** Columns by which rows find each other, and others that are refused when they hold anything else. */
const KEPT =
  /^(?:.*Id|id|uuid|removedKey|.*[hH]ash|.*[dD]igest|.*At|epoch|kind|type|status|outcome|trigger|presence|state|requested|.*Key)$/;
const KEPT_INSIDE = /^(?:kind|mode|scope|coverage|code|outcome|presence|type|status|.*Ref|id|.*Id|.*At|since)$/;
const COVERAGES = ['complete', 'filtered', 'unreachable', 'error', 'skipped', ''] as const;
/** The words of labels and scopes, which are lists without keys. */
const WORDS: ReadonlySet<string> = new Set(
  [CHANGE_KINDS, CHANGE_EVENTS, ATTRIBUTION_SOURCES, CONFIDENCES, RESOURCE_TYPES, COVERAGES].flat(),
);

const TABLES = [
  'sync-status -o wide',
  'list-nodes -o wide',
  'list-vms -o wide',
  'list-containers',
  'list-storage -o wide',
  'list-tasks -o wide',
  'list-lifecycle -o wide',
  'show-changes -o wide',
  'show-vm 100',
  'show-vm web',
  'show-vm 100 --diff 1h now',
  'providers list --all -o wide',
  'providers show lab',
  'providers test',
  'doctor',
  'verify',
  'discover-all',
  'discover-vms --quiet',
  'db status',
];
/** They need an address that is one. */
const CONNECTING = /^(?:providers test|doctor|discover-)/;
const DATA = ['list-vms -o json', 'sync-status -o yaml', 'list-vms -o csv', 'list-nodes -o name'];

let world: World;
let copies = 0;

onSqlite.describe(
  'a database that someone else wrote into',
  'its file is written behind the back of the program',
  () => {
    beforeAll(async () => {
      world = await openWorld({ nodes: 2, vms: 4, containers: 1 });
      const { lab, clock } = world;
      await world.rollcall('discover-all');
      clock.advance(60_000);
      lab.as('admin@pve').setConfig(100, { memory: 4096, description: 'new', tags: 'a;b' });
      lab.as('admin@pve').stop(103);
      lab.as('admin@pve').destroy(103);
      await world.rollcall('discover-all');
      clock.advance(60_000);
      lab.node('pve2').powerOff();
      lab.faults.add({ match: /tasks/, effect: { kind: 'status', status: 403, reason: 'no' }, times: 1 });
      await world.rollcall('discover-all');
      lab.node('pve2').powerOn();
    }, 60_000);

    it('with every hostile text in every field is shown without harm', async () => {
      const shown = await shownHarmless((text) => text + everyHostileText, [...TABLES, ...DATA]);
      // It is not refused, but shown.
      for (const [line, text] of shown) {
        if (/^(?:sync-status|list-|show-changes|show-vm 100|providers list)/.test(line))
          expect([line, text]).toEqual([line, expect.stringMatching(/\\u\{?202e/)]);
      }
    }, 120_000);

    it('with values that begin like words of the program is shown without harm', async () => {
      await shownHarmless((text) => `hint: FORGED ${text}`, TABLES);
    }, 120_000);

    it('with any hostile text in any field is shown without harm', async () => {
      await fc.assert(
        fc.asyncProperty(hostileText, fc.infiniteStream(fc.boolean()), async (hostile, isHit) => {
          await shownHarmless((text) => (isHit.next().value === true ? text + hostile : text), [...TABLES, ...DATA]);
        }),
        { numRuns: 6 },
      );
    }, 300_000);
  },
);

/** Everything that the commands print over a copy of the database in which every text was changed. */
async function shownHarmless(
  change: (text: string) => string,
  commands: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const file = path.join(world.dir, `copy-${++copies}.db`);
  copyFileSync(world.database, file);
  rewrite(file, change);
  const env = { DATABASE_URL: `file:${file}`, PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_NAME: undefined };
  const shown = new Map<string, string>();
  for (const line of commands) {
    const ran = await world.rollcall(line, { env, io: { isTTY: shown.size % 2 === 0, columns: 80 } });
    expectHarmless(ran.stdout + ran.stderr, line);
    if (!CONNECTING.test(line))
      expect([line, ran.stderr]).toEqual([line, expect.not.stringContaining('this is a bug')]);
    shown.set(line, ran.stdout + ran.stderr);
  }
  return shown;
}

function rewrite(file: string, change: (text: string) => string): void {
  const database = new Database(file);
  database.pragma('wal_checkpoint(TRUNCATE)');
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
    .pluck()
    .all() as string[];
  for (const table of tables.filter((name) => !name.startsWith('sqlite_'))) {
    const columns = database.prepare(`PRAGMA table_info("${table}")`).all() as { name: string; type: string }[];
    for (const { name, type } of columns) {
      if (!/TEXT|JSON/i.test(type) || KEPT.test(name)) continue;
      const rows = database.prepare(`SELECT rowid AS row, "${name}" AS value FROM "${table}"`).all() as {
        row: number;
        value: unknown;
      }[];
      const update = database.prepare(`UPDATE OR IGNORE "${table}" SET "${name}" = ? WHERE rowid = ?`);
      for (const { row, value } of rows) if (typeof value === 'string') update.run(rewritten(value, change), row);
    }
  }
  database.close();
}

/** A text, or the texts inside JSON. */
function rewritten(value: string, change: (text: string) => string): string {
  if (!/^[[{]/.test(value)) return change(value);
  return JSON.stringify(inside(JSON.parse(value), change));
}

function inside(value: unknown, change: (text: string) => string, key = ''): unknown {
  if (typeof value === 'string') return KEPT_INSIDE.test(key) || WORDS.has(value) ? value : change(value);
  if (Array.isArray(value)) return value.map((item) => inside(item, change, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inside(item, change, name)]));
}
