import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** Which rooms the files of each room import, besides `types`. Lint forbids what would be against the layers; here is all there is. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  api: ['net'],
  app: [
    'api',
    'files',
    'net',
    'panels/file',
    'panels/http',
    'panels/netbox',
    'panels/rollcall',
    'panels/sql',
    'panels/virtfusion',
    'panels/whmcs',
    'providers',
    'providers/aws',
    'providers/azure',
    'providers/bigfix',
    'providers/gcp',
    'providers/proxmox',
    'providers/virtfusion',
    'providers/vsphere',
    'repositories/actions',
    'repositories/db',
    'repositories/feed',
    'repositories/history',
    'repositories/inventory',
    'repositories/maintenance',
    'repositories/notify',
    'repositories/operations',
    'repositories/people',
    'repositories/providers',
    'repositories/reconcile',
    'repositories/sync',
    'services/actions',
    'services/billing',
    'services/checks',
    'services/database',
    'services/feed',
    'services/history',
    'services/imports',
    'services/inventory',
    'services/lifecycle',
    'services/netbox',
    'services/notify',
    'services/operations',
    'services/people',
    'services/providers',
    'services/reconcile',
    'services/sync',
    'services/watch',
    'text',
  ],
  cli: [
    'app',
    'cli/commands',
    'cli/completion',
    'cli/imports',
    'cli/output',
    'cli/providers',
    'cli/screen',
    'services/selectors',
    'text',
  ],
  'cli/actions': [
    'app',
    'cli',
    'cli/output',
    'cli/resources',
    'files',
    'services/actions',
    'services/providers',
    'text',
  ],
  'cli/billing': ['cli/output', 'services/billing'],
  'cli/calls': ['app', 'cli', 'cli/actions', 'cli/output', 'cli/providers', 'cli/resources', 'files', 'text'],
  'cli/changes': ['app', 'cli', 'cli/output', 'services/history'],
  'cli/checks': ['cli', 'cli/actions', 'cli/output', 'services/actions', 'services/checks'],
  'cli/commands': [
    'app',
    'cli',
    'cli/actions',
    'cli/billing',
    'cli/calls',
    'cli/changes',
    'cli/checks',
    'cli/completion',
    'cli/database',
    'cli/exports',
    'cli/imports',
    'cli/lifecycle',
    'cli/notify',
    'cli/operations',
    'cli/output',
    'cli/panels',
    'cli/people',
    'cli/providers',
    'cli/reconcile',
    'cli/resources',
    'cli/runs',
    'cli/serve',
    'cli/watch',
    'files',
    'lab',
    'providers',
    'services/actions',
    'services/billing',
    'services/checks',
    'services/exports',
    'services/history',
    'services/lifecycle',
    'services/notify',
    'services/people',
    'services/providers',
    'services/reconcile',
    'text',
  ],
  'cli/completion': ['app', 'cli/output', 'text'],
  'cli/database': ['cli', 'cli/output'],
  'cli/exports': ['cli', 'cli/changes', 'cli/output', 'cli/resources', 'files', 'services/exports', 'services/netbox'],
  'cli/imports': ['app', 'cli', 'cli/output', 'cli/resources', 'files', 'services/exports', 'services/imports'],
  'cli/lifecycle': ['cli/output'],
  'cli/notify': ['app', 'cli', 'cli/output', 'services/notify', 'services/selectors', 'services/watch', 'text'],
  'cli/operations': ['app', 'cli', 'cli/actions', 'cli/output', 'services/operations'],
  'cli/output': ['app', 'text'],
  'cli/panels': ['app', 'cli', 'services/reconcile', 'services/selectors', 'text'],
  'cli/people': ['app', 'cli', 'cli/output', 'services/people', 'text'],
  'cli/providers': ['app', 'cli', 'cli/output', 'providers'],
  'cli/reconcile': ['app', 'cli', 'cli/notify', 'cli/output', 'services/reconcile'],
  'cli/resources': ['cli', 'cli/changes', 'cli/output', 'services/inventory', 'services/selectors', 'text'],
  'cli/runs': ['app', 'cli', 'cli/changes', 'cli/output'],
  'cli/screen': ['cli', 'cli/output'],
  'cli/serve': ['app', 'cli', 'cli/notify', 'cli/watch', 'server'],
  'cli/watch': ['app', 'cli', 'cli/changes', 'cli/notify', 'cli/output', 'services/watch', 'text'],
  client: ['protocol'],
  files: [],
  lab: ['files'],
  net: ['text'],
  panels: ['net', 'text'],
  'panels/file': ['files', 'panels'],
  'panels/http': ['net', 'panels'],
  'panels/netbox': ['net', 'panels', 'panels/http'],
  'panels/rollcall': ['panels'],
  'panels/sql': ['files', 'panels', 'panels/file', 'text'],
  'panels/virtfusion': ['net', 'panels', 'providers/virtfusion'],
  'panels/whmcs': ['net', 'panels'],
  protocol: [],
  providers: ['net', 'text'],
  'providers/aws': ['net', 'providers', 'providers/cloud', 'providers/events', 'text'],
  'providers/azure': ['net', 'providers', 'providers/cloud', 'providers/events'],
  'providers/bigfix': ['net', 'providers'],
  'providers/cloud': ['providers', 'providers/events'],
  'providers/events': ['providers'],
  'providers/gcp': ['net', 'providers', 'providers/cloud', 'providers/events'],
  'providers/proxmox': ['api', 'net', 'providers', 'text'],
  'providers/virtfusion': ['net', 'providers'],
  'providers/vsphere': ['net', 'providers', 'providers/events', 'text'],
  'repositories/actions': ['repositories/db', 'repositories/history', 'repositories/operations'],
  'repositories/db': ['generated', 'text'],
  'repositories/feed': ['repositories/db'],
  'repositories/history': ['repositories/db', 'repositories/inventory'],
  'repositories/inventory': ['repositories/db', 'repositories/feed'],
  'repositories/maintenance': [
    'files',
    'generated',
    'repositories/actions',
    'repositories/db',
    'repositories/feed',
    'repositories/history',
    'repositories/inventory',
    'repositories/providers',
    'repositories/reconcile',
  ],
  'repositories/notify': ['repositories/db'],
  'repositories/operations': ['repositories/db', 'repositories/feed'],
  'repositories/people': ['repositories/db'],
  'repositories/providers': ['repositories/db', 'repositories/feed', 'repositories/history', 'repositories/inventory'],
  'repositories/reconcile': ['repositories/db', 'repositories/history'],
  'repositories/sync': [
    'repositories/actions',
    'repositories/db',
    'repositories/feed',
    'repositories/history',
    'repositories/inventory',
    'repositories/providers',
  ],
  server: ['app', 'protocol', 'server/auth', 'server/routes', 'services/feed', 'services/people', 'text'],
  'server/auth': ['app', 'protocol', 'server', 'services/people', 'text'],
  'server/routes': [
    'app',
    'protocol',
    'server',
    'server/auth',
    'services/billing',
    'services/feed',
    'services/imports',
    'services/people',
    'services/reconcile',
    'services/selectors',
    'text',
  ],
  'services/actions': [
    'providers',
    'repositories/actions',
    'repositories/history',
    'repositories/operations',
    'services/checks',
    'services/providers',
    'services/selectors',
    'text',
  ],
  'services/billing': [
    'repositories/history',
    'repositories/reconcile',
    'services/checks',
    'services/providers',
    'services/reconcile',
    'text',
  ],
  'services/checks': ['repositories/inventory', 'services/history', 'services/inventory', 'services/selectors', 'text'],
  'services/database': ['repositories/db', 'repositories/maintenance', 'services/history'],
  'services/exports': ['services/lifecycle', 'text'],
  'services/feed': [
    'protocol',
    'repositories/feed',
    'repositories/inventory',
    'services/inventory',
    'services/people',
    'services/selectors',
  ],
  'services/history': [
    'repositories/actions',
    'repositories/history',
    'repositories/inventory',
    'repositories/maintenance',
    'repositories/providers',
    'repositories/reconcile',
    'services/inventory',
    'services/providers',
    'text',
  ],
  'services/imports': ['repositories/inventory', 'services/exports'],
  'services/inventory': ['providers', 'repositories/history', 'repositories/inventory', 'services/watch', 'text'],
  'services/lifecycle': ['repositories/inventory', 'services/inventory'],
  'services/netbox': ['services/exports'],
  'services/notify': [
    'repositories/history',
    'repositories/inventory',
    'repositories/notify',
    'services/inventory',
    'services/providers',
    'services/selectors',
    'services/watch',
    'text',
  ],
  'services/operations': [
    'repositories/history',
    'repositories/operations',
    'services/providers',
    'services/watch',
    'text',
  ],
  'services/people': ['repositories/people', 'text'],
  'services/providers': ['repositories/history'],
  'services/reconcile': [
    'repositories/reconcile',
    'services/inventory',
    'services/providers',
    'services/selectors',
    'text',
  ],
  'services/selectors': ['text'],
  'services/sync': ['providers', 'repositories/providers', 'repositories/sync'],
  'services/watch': ['providers', 'repositories/providers', 'services/sync'],
  text: [],
  types: [],
};

/** A folder of `src`; of a large one, the folder in it. */
function roomOf(file: string): string {
  const [first = '', second = '', ...rest] = file.split('/');
  return ['cli', 'panels', 'repositories', 'services', 'providers', 'server'].includes(first) && rest.length > 0
    ? `${first}/${second}`
    : first;
}

function files(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated/'),
  );
}

function arrows(): Record<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of files()) {
    const from = roomOf(file);
    const targets = found.get(from) ?? new Set();
    found.set(from, targets);
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = roomOf(path.posix.join(path.posix.dirname(file), specifier));
      if (to !== from && to !== 'types') targets.add(to);
    }
  }
  return Object.fromEntries([...found].map(([from, targets]) => [from, [...targets].toSorted()]));
}

describe('the rooms of src', () => {
  it('import what is said here', () => {
    expect(arrows()).toEqual(ARROWS);
  });

  it('stand above each other, but for the program, which lists its commands, and the server, which lists its routes', () => {
    const above = new Set<string>();
    const visit = (room: string, path: readonly string[]): void => {
      if (path.includes(room)) throw new Error(`a circle: ${[...path, room].join(' → ')}`);
      if (above.has(room)) return;
      const targets = room === 'cli' || room === 'server' ? [] : (ARROWS[room] ?? []);
      for (const target of targets) visit(target, [...path, room]);
      above.add(room);
    };
    expect(() => {
      for (const room of Object.keys(ARROWS)) visit(room, []);
    }).not.toThrow();
  });
});
