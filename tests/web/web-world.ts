import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = path.join(root, 'dist/bin/rollcall.js');
const axeSource = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const run = promisify(execFile);
const PATIENCE_MS = 15_000;
export const PASSWORD = 'several words in a row';

/** A simulated cluster, the built program serving its inventory, and a browser. */
export interface WebWorld {
  lab: Lab;
  /** Another cluster, which is no provider yet; each node has an address. Its secret is in ROLLCALL_SECRET_SECOND. */
  second: Lab;
  url: string;
  /** Screenshots go here; they are kept where ROLLCALL_SCREENSHOTS says. */
  pictures: string;
  rollcall: (...args: string[]) => Promise<string>;
  /** Stores `second` as a provider with both addresses, trusted by their fingerprints, and syncs it. */
  addSecond: () => Promise<void>;
  /** A user whose password is PASSWORD. The first one is an admin. */
  addUser: (name: string, ...options: string[]) => Promise<void>;
  /** A page of its own, with what went wrong on it. */
  open: (options?: BrowserContextOptions) => Promise<OpenPage>;
  go: (page: Page, to: string) => Promise<unknown>;
  logIn: (page: Page, name: string, password?: string) => Promise<void>;
  close: () => Promise<void>;
}

export interface OpenPage {
  page: Page;
  /** Errors of the page, and what its policy refused. */
  faults: string[];
}

export async function openWebWorld(executablePath: string, serveArgs: readonly string[] = []): Promise<WebWorld> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-web-'));
  const lab = await startLab({ nodes: 2, vms: 12, containers: 4 });
  const of = { nodes: 2, vms: 3, containers: 1, seed: 2, clusterName: 'second' };
  const second = await startLab({ ...of, endpoints: 'per-node' });
  const env = {
    PATH: process.env['PATH'],
    HOME: dir,
    XDG_CONFIG_HOME: dir,
    ...lab.env(),
    PROXMOX_VE_NAME: 'lab',
    ROLLCALL_SECRET_SECOND: second.env()['PROXMOX_VE_API_TOKEN']?.split('=')[1],
    DATABASE_URL: await databaseAt(path.join(dir, 'rollcall.db')),
  };
  const rollcall = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [program, ...args], { env, cwd: dir })).stdout;
  await rollcall('discover-all');
  const server = spawn(
    process.execPath,
    [program, 'serve', '--listen', '127.0.0.1:0', '--rate', '1000000', ...serveArgs],
    {
      env,
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const url = await addressOf(server);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const go = (page: Page, to: string) => page.goto(`${url}${to}`);
  return {
    lab,
    second,
    url,
    pictures: process.env['ROLLCALL_SCREENSHOTS'] ?? dir,
    rollcall,
    addSecond: async () => {
      const login = ['--token-id', 'root@pam!lab', '--secret', 'env:ROLLCALL_SECRET_SECOND'];
      const nodes = ['pve1', 'pve2'];
      const urls = nodes.map((node) => second.nodeUrl(node)).join(',');
      const address = [
        '--endpoint',
        urls,
        '--fingerprint',
        nodes.map((node) => second.nodeFingerprint(node)).join(','),
      ];
      await rollcall('providers', 'add', 'second', ...address, ...login);
      await rollcall('discover-all', '--provider', 'second');
    },
    addUser: async (name, ...options) => {
      const link = /\/(invite\/\S+)/.exec(await rollcall('users', 'add', name, ...options))?.[1];
      const { status } = await fetch(`${url}api/v1/${link}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ password: PASSWORD }),
      });
      if (status !== 200) throw new Error(`the invitation of ${name} was answered with ${status}`);
    },
    open: (options) => openPage(browser, options),
    go,
    logIn: async (page, name, password) => {
      await go(page, 'login');
      await sendLogin(page, name, password);
    },
    close: async () => {
      await browser.close();
      const isOver = once(server, 'close');
      server.kill('SIGTERM');
      await isOver;
      await lab.close();
      await second.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What it says is read to its end: a program that cannot write its log ends. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said += String(chunk);
      const [, url] = /serving (http\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
    server.once('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
}

async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    // What a view asks for in vain, it says itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return { page, faults };
}

/** Somebody who is logged in, with everything that the server sent to the page. */
export interface Reader extends OpenPage {
  received: Promise<string>[];
}

export async function openReader(world: Pick<WebWorld, 'open' | 'logIn'>, name: string): Promise<Reader> {
  const opened = await world.open();
  const received: Promise<string>[] = [];
  opened.page.on('response', (response) => {
    if (response.url().includes('/api/v1/')) received.push(response.text().catch(() => ''));
  });
  opened.page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => received.push(Promise.resolve(String(payload))));
  });
  await world.logIn(opened.page, name);
  return { ...opened, received };
}

/** Waits for the view of that title. */
export function heading(page: Page, name: string): Promise<void> {
  return page.getByRole('heading', { level: 1, name }).waitFor();
}

/** On the view where one logs in, which is not loaded anew. */
export async function sendLogin(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1, name: /^(?:Overview|My servers)$/ }).waitFor();
}

/** What axe finds that is serious or critical. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
