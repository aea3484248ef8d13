import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../client/fake-server.ts';
import { host } from '../client/states.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Ended, exec, outside, packedInstallation } from './installation.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = tempDir();
const server = new FakeServer();

beforeAll(() => server.start());
// It may compile the driver of the database.
beforeAll(() => packedInstallation(), 900_000);
afterAll(() => server.kill());

/** A program of somebody else, with what npm installs of Rollcall, and these packages beside it. */
async function consumer(packages: readonly string[], files: Readonly<Record<string, string>>): Promise<string> {
  const installed = path.join((await packedInstallation()).dir, 'node_modules/rollcall');
  const folder = mkdtempSync(path.join(dir, 'consumer-'));
  const modules = path.join(folder, 'node_modules');
  for (const part of ['package.json', 'dist/client']) {
    cpSync(path.join(installed, part), path.join(modules, 'rollcall', part), { recursive: true });
  }
  for (const name of packages) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

function typeCheck(folder: string, compilerOptions: object): Promise<Ended> {
  const options = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: false };
  const settings = { compilerOptions: { ...options, ...compilerOptions }, include: ['*.ts', '*.tsx'] };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
  return exec(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    cwd: folder,
    env: outside(),
  });
}

const CLIENT = `
import { findById, memoryCache, RollcallClient, type RollcallError, type Host } from 'rollcall/client';
const client = new RollcallClient({ url: 'http://127.0.0.1:8440', cache: memoryCache(), filter: 'tag=prod' });
const state = await client.initialize();
const host: Host | undefined = findById(state?.hosts ?? [], 'a');
const status: 'running' | 'stopped' | 'suspended' | 'unknown' | undefined = host?.status;
client.on('run_progress', ({ done, total }) => { const left: number = (total ?? done) - done; return left; });
const off: () => void = client.subscribe(() => { const error: RollcallError | null = client.error; return error; });
const rows: string[] = (await client.api.listHosts({ selector: 'tag=prod', limit: 10 })).items.map((row) => row.node);
// @ts-expect-error states are not changed in place
if (state) state.hosts = [];
// @ts-expect-error there is no such status
if (client.status === 'online') off();
export { status, rows };
`;

const REACT = `
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RollcallClient } from 'rollcall/client';
import { CompactSyncManager, ProviderList, SyncStatusBadge } from 'rollcall/components';
import { RollcallProvider, useChanges, useFeed, useHosts, useProviderSync, useSyncStatus } from 'rollcall/react';
const client = new RollcallClient({ url: '/' });
function Table() {
  const running = useHosts((host) => host.status === 'running');
  const version: string | undefined = useFeed((state) => state?.version);
  const { status, staleSince } = useSyncStatus();
  const { isSyncing, request } = useProviderSync('p1');
  const changes = useChanges({ since: '24h' });
  return <button type="button" disabled={isSyncing} onClick={() => void request()}>
    {running.length} {version} {status} {staleSince?.toISOString()} {changes.data?.[0]?.path}</button>;
}
export const page = <QueryClientProvider client={new QueryClient()}>
  <RollcallProvider client={client}>
    <Table /><SyncStatusBadge /><ProviderList /><CompactSyncManager refusal="not here" />
  </RollcallProvider></QueryClientProvider>;
`;

describe('the client in another program', () => {
  it.each<[string, readonly string[], object]>([
    ['of a browser', [], { lib: ['es2023', 'dom'], types: [] }],
    ['of Node', ['@types/node', 'undici-types'], { lib: ['es2023'], types: ['node'] }],
    ['of neither', [], { lib: ['es2023'], types: [] }],
    ['with a bundler', [], { lib: ['es2023', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler' }],
  ])('type-checks in a program %s', async (_, packages, options) => {
    const folder = await consumer(packages, { 'main.ts': CLIENT });
    expect(await typeCheck(folder, options)).toMatchObject({ status: 0, stdout: '' });
  });

  it('takes the classes of browsers and of `ws`, and a file for its cache', async () => {
    const folder = await consumer(['@types/node', 'undici-types', '@types/ws'], {
      'main.ts': `
import { WebSocket } from 'ws';
import { RollcallClient } from 'rollcall/client';
import { fileCache } from 'rollcall/client/node';
export const client = new RollcallClient({ url: 'https://x', webSocket: WebSocket, fetch, cache: fileCache('state') });`,
    });
    expect(await typeCheck(folder, { types: ['node'] })).toMatchObject({ status: 0, stdout: '' });
    const browser = await consumer([], {
      'main.ts': `
import { RollcallClient, indexedDbCache } from 'rollcall/client';
export const client = new RollcallClient({ url: '/', webSocket: WebSocket, fetch, cache: indexedDbCache() });`,
    });
    expect(await typeCheck(browser, { lib: ['es2023', 'dom'], types: [] })).toMatchObject({ status: 0, stdout: '' });
  });

  it('type-checks in a page with React', async () => {
    const packages = ['react', '@types/react', 'csstype', '@tanstack/react-query', '@tanstack/query-core'];
    const folder = await consumer(packages, { 'page.tsx': REACT });
    const options = { lib: ['es2023', 'dom'], types: [], jsx: 'react-jsx' };
    expect(await typeCheck(folder, options)).toMatchObject({ status: 0, stdout: '' });
  });

  it('runs in Node, by polls where there is no WebSocket', async () => {
    server.commit({ type: 'host_added', host: host('a') });
    const folder = await consumer([], {
      'main.js': `
import { RollcallClient } from 'rollcall/client';
import { fileCache } from 'rollcall/client/node';
const client = new RollcallClient({ url: process.argv[2], token: 'secret', cache: fileCache('cache/state'), webSocket: null });
const state = await client.initialize();
console.log(state.hosts.length, client.status, client.transport);
await client.destroy();`,
    });
    const run = () => exec(process.execPath, ['main.js', server.url], { cwd: folder, env: outside() });
    expect(await run()).toMatchObject({ status: 0, stdout: '1 synced polling\n', stderr: '' });
    expect(await run()).toMatchObject({ status: 0, stdout: '1 stale none\n', stderr: '' });
  });

  it('leaves an error of a listener uncaught, after all others were told', async () => {
    const folder = await consumer([], {
      'main.js': `
import { RollcallClient } from 'rollcall/client';
const client = new RollcallClient({ url: process.argv[2], webSocket: null });
client.subscribe(() => { throw new Error('of the listener'); });
client.subscribe(() => console.log('told'));
process.once('uncaughtException', (error) => { console.log(error.message); process.exit(7); });
await client.initialize();`,
    });
    const ended = await exec(process.execPath, ['main.js', server.url], { cwd: folder, env: outside() });
    expect(ended).toMatchObject({ status: 7, stdout: 'told\nof the listener\n' });
  });

  describe('as docs/client.md shows it', () => {
    const examples = examplesOf(readFileSync(path.join(root, 'docs/client.md'), 'utf8'));

    it('type-checks', async () => {
      expect(Object.keys(examples)).toEqual(['inventory.ts', 'sockets.ts', 'page.tsx', 'status.tsx', 'sync.ts']);
      const packages = ['react', '@tanstack/react-query', '@tanstack/query-core', 'csstype', 'undici-types'];
      const types = ['@types/react', '@types/node', '@types/ws'];
      const folder = await consumer([...packages, ...types], examples);
      const options = { lib: ['es2023', 'dom'], types: ['node'], jsx: 'react-jsx' };
      expect(await typeCheck(folder, options)).toMatchObject({ status: 0, stdout: '' });
    });

    it('runs', async () => {
      server.commit({ type: 'host_added', host: host('b', { name: 'web-01' }) });
      const text = (examples['inventory.ts'] ?? '').replace('https://inventory.example.com', server.url);
      const folder = await consumer([], { 'main.js': text });
      const ended = await exec(process.execPath, ['main.js'], { cwd: folder, env: outside() });
      expect(ended).toMatchObject({ status: 0, stderr: '' });
      expect(ended.stdout).toMatch(/b web-01 p1\nsynced (?:polling|websocket)\n$/);
    });
  });

  it('imports nothing; what is for Node and for React is apart', () => {
    expect(importsOf('client.js')).toEqual([]);
    expect(importsOf('node.js')).toEqual(['node:crypto', 'node:fs/promises', 'node:path']);
    expect(importsOf('react.js')).toEqual(['./client.js', '@tanstack/react-query', 'react', 'react/jsx-runtime']);
  });

  it('has types of the wire that mean the same as the schemas of the server', async () => {
    const names = [
      ...readFileSync(path.join(root, 'src/client/public.ts'), 'utf8').matchAll(
        /export type \{([^}]*)\} from '\.\.\/protocol\/(\w+)\.ts'/g,
      ),
    ];
    const lines = names.flatMap(([, list = '', file = '']) =>
      list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map(
          (name) =>
            `export const ${name}: Same<import('${root}dist/protocol/${file}.js').${name}, Plain.${name}> = true;`,
        ),
    );
    expect(lines.length).toBeGreaterThan(15);
    const folder = mkdtempSync(path.join(dir, 'types-'));
    writeFileSync(
      path.join(folder, 'same.ts'),
      `import type * as Plain from '${root}dist/client/types/protocol/types.js';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
${lines.join('\n')}\n`,
    );
    const ended = await typeCheck(folder, { skipLibCheck: true, types: [] });
    expect(ended).toMatchObject({ status: 0, stdout: '' });
  });
});

/** Its blocks of code, by the name in their first line. */
function examplesOf(markdown: string): Record<string, string> {
  const blocks = [...markdown.matchAll(/^```tsx?\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)];
  return Object.fromEntries(blocks.map(([, name = '', text = '']) => [name, text]));
}

function importsOf(name: string): string[] {
  const text = readFileSync(path.join(root, 'dist/client', name), 'utf8');
  const found = [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"|\b(?:import|require)\(\s*["'`]([^"'`]+)/gm),
  ];
  return [...new Set(found.map(([, one, other]) => one ?? other ?? ''))].sort();
}
