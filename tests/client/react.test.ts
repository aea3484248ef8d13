import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundlePage } from '../helpers/bundle-page.ts';
import { describeChromium } from '../helpers/chromium.ts';
import { FakeServer } from './fake-server.ts';
import { until } from './fake-time.ts';
import { emptyState, host, operation, provider } from './states.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const PAGE = `
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { indexedDbCache, RollcallClient } from '${root}src/client/public.ts';
import { RollcallProvider, useChanges, useFeed, useHost, useHosts, useOperations, useProviders, useProviderSync, useSyncStatus } from '${root}src/client/react/public.ts';
const renders = (window.renders = {});
const count = (name) => { renders[name] = (renders[name] ?? 0) + 1; };
function Host({ id }) { count('host ' + id); const host = useHost(id); return <li id={id}>{host?.name ?? 'none'}</li>; }
function Running() { count('running'); const hosts = useHosts((one) => one.status === 'running'); return <b id="running">{hosts.map(({ id }) => id).join()}</b>; }
function Names() { count('names'); return <b id="names">{useFeed((state) => (state?.hosts ?? []).map(({ name }) => name)).join()}</b>; }
function Providers() { count('providers'); return <b id="providers">{useProviders().map(({ status }) => status).join()}</b>; }
function Status() { count('status'); const { status, transport } = useSyncStatus(); return <b id="status">{status} {transport}</b>; }
function Sync() {
  const { isSyncing, operation, running, request } = useProviderSync('p1');
  return <button id="sync" onClick={() => void request()}>{String(isSyncing)} {operation?.state} {running?.holder}</button>;
}
function Queries() { const changes = useChanges(); const operations = useOperations(); return <b id="queries">{changes.data?.length} {operations.data?.length}</b>; }
const client = (window.client = new RollcallClient({ url: location.origin, cache: indexedDbCache() }));
createRoot(document.body).render(
  <StrictMode><QueryClientProvider client={new QueryClient()}><RollcallProvider client={client}>
    <ul><Host id="a" /><Host id="b" /></ul><Running /><Names /><Providers /><Status /><Sync /><Queries />
  </RollcallProvider></QueryClientProvider></StrictMode>);
`;

describeChromium('hooks in a page', (executablePath) => {
  const server = new FakeServer();
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server.bodies.set('/page', { type: 'text/html', text: '<body><script type="module" src="/page.js"></script>' });
    server.bodies.set('/page.js', { type: 'text/javascript', text: await bundlePage(PAGE) });
    server.bodies.set('/changes', { type: 'application/json', text: '{"items":[]}' });
    server.bodies.set('/operations', { type: 'application/json', text: '{"items":[]}' });
    await server.start();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.kill();
  });
  beforeEach(async () => {
    server.restore({ ...emptyState(), hosts: [host('a'), host('b', { status: 'stopped' })] });
    page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    await page.waitForFunction("document.querySelector('#status')?.textContent === 'synced websocket'");
    await page.waitForFunction("document.querySelector('#queries')?.textContent === '0 0'");
  });

  afterEach(() => page.close());

  const text = (id: string) => page.textContent(`#${id}`);
  const renders = () => page.evaluate<Record<string, number>>('({ ...window.renders })');
  const countOf = (request: string) => server.requests.filter((one) => one === request).length;

  it('draw anew only what has changed', async () => {
    expect([await text('a'), await text('running'), await text('names'), await text('providers')]).toEqual([
      'a',
      'a',
      'a,b',
      'complete',
    ]);
    const before = await renders();
    server.commit({ type: 'host_changed', host: host('b', { status: 'stopped', name: 'renamed' }) });
    await page.waitForFunction("document.querySelector('#b').textContent === 'renamed'");
    expect(await text('names')).toBe('a,renamed');
    const after = await renders();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed.sort()).toEqual(['host b', 'names']);
  });

  it('refresh what the history and the queue say, when these have moved on', async () => {
    const [changes, operations] = [countOf('GET /changes'), countOf('GET /operations')];
    server.commit({ type: 'host_changed', host: host('a', { name: 'renamed' }) });
    await until(() => countOf('GET /changes') === changes + 1);
    expect(countOf('GET /operations')).toBe(operations);
    server.commit({ type: 'operation_changed', operation: operation('o1', { state: 'running' }) });
    await until(() => countOf('GET /operations') === operations + 1);
  });

  it('show and ask for the sync of a provider', async () => {
    server.bodies.set('/providers/p1/sync', { type: 'application/json', text: JSON.stringify(operation('o1')) });
    expect(await text('sync')).toBe('false  ');
    await page.click('#sync');
    await until(() => countOf('POST /providers/p1/sync') === 1);
    server.commit({ type: 'operation_changed', operation: operation('o1', { state: 'running' }) });
    await page.waitForFunction("document.querySelector('#sync').textContent === 'true running '");
    server.commit({ type: 'operation_changed', operation: operation('o1', { state: 'done' }) });
    await page.waitForFunction("document.querySelector('#sync').textContent === 'false  '");
    server.send({ type: 'run_started', providerId: 'p1', at: server.state.at, holder: 'cron on nas' });
    await page.waitForFunction("document.querySelector('#sync').textContent === 'true  cron on nas'");
    server.send({ type: 'run_finished', providerId: 'p1', at: server.state.at, runId: null, outcome: null });
    await page.waitForFunction("document.querySelector('#sync').textContent === 'false  '");
  });

  it('tell that the server is away, and keep what is known', async () => {
    server.commit({ type: 'provider_status_changed', provider: provider('p1', { status: 'failed' }) });
    await page.waitForFunction("document.querySelector('#providers').textContent === 'failed'");
    await server.kill();
    await page.waitForFunction("document.querySelector('#status').textContent === 'stale none'");
    expect(await text('names')).toBe('a,b');
    await server.start();
    await page.waitForFunction("document.querySelector('#status').textContent === 'synced websocket'");
  });

  it('show at once what the browser has kept', async () => {
    await page.evaluate('window.client.destroy()');
    server.upgrades = 'swallow';
    server.hold = new Promise(() => undefined);
    server.commitSilently({ type: 'host_removed', id: 'a' });
    await page.goto(`${server.url}/page`);
    await page.waitForFunction("document.querySelector('#names')?.textContent === 'a,b'");
    server.hold = null;
    server.upgrades = 'accept';
  });
});
