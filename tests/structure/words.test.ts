import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** Names of Proxmox VE's tasks, privileges, daemons and files. */
const WORDS =
  /\b(?:(?:qm|vz)(?:start|stop|shutdown|clone|restore|destroy|create|rollback|snapshot|migrate)|vzdump|VM\.Audit|Datastore\.\w+|Sys\.\w+|pvestatd|pveproxy|pvedaemon|pmxcfs)\b|\/etc\/pve/;

/** What is stored, and so frozen: the types of tasks in the history, and the key of a log entry. */
const STORED = ['types/logged-event.ts', 'types/task.ts', 'types/evidence.ts', 'types/plan.ts', 'types/observation.ts'];
/** Examples in comments of what users see and filter by. */
const EXAMPLES = [
  'types/doubt.ts',
  'types/guest.ts',
  'types/history-query.ts',
  'types/inventory.ts',
  'types/presence.ts',
];

function filesOf(room: string): string[] {
  return readdirSync(path.join(src, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(room, file));
}

it.each(['services', 'repositories', 'net', 'text', 'types'])('%s: no name of what only Proxmox VE has', (room) => {
  const found = filesOf(room)
    .filter((file) => ![...STORED, ...EXAMPLES].includes(file))
    .flatMap((file) =>
      readFileSync(path.join(src, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (WORDS.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
  expect(found).toEqual([]);
});
