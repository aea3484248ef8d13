import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { openWebWorld, sendLogin, type WebWorld } from './web-world.ts';

const HOUR_MS = 3_600_000;
const FORBIDDEN = {
  status: 403,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: 'No', status: 403, code: 'forbidden', hint: 'Ask an admin.' }),
};

describeChromium('what the page knows', (executablePath) => {
  let world: WebWorld;
  let alice: BrowserContextOptions;
  /** When everything was found by the first run. */
  let found = '';

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    found = new Date().toISOString();
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('bob', '--role', 'admin');
    const { page } = await world.open();
    await world.logIn(page, 'alice');
    alice = { storageState: await page.context().storageState() };
    await page.context().close();
  });
  afterAll(() => world.close());

  async function opened(path: string): Promise<Page> {
    const { page } = await world.open(alice);
    await page.goto(`${world.url}${path}`);
    return page;
  }

  it('writes with the token that the server asked for, not with the one that it refused', async () => {
    const { page } = await world.open(alice);
    await page.route('**/api/v1/session', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), csrf: 'of-another-session' } });
      await page.unroute('**/api/v1/session');
    });
    await page.goto(`${world.url}sync`);

    await page.getByRole('button', { name: 'Sync lab' }).click();

    const operations = page.getByRole('region', { name: 'Operations, table' });
    await operations.getByRole('row').filter({ hasText: 'sync lab' }).getByText('done').waitFor();
    await page.context().close();
  });

  it('counts ages in a selector back from the time that is shown, here and on the server', async () => {
    const page = await opened('');
    await page.clock.setFixedTime(Date.now() + 2 * HOUR_MS);
    for (const selector of ['created<1h', 'created<1h,config.cores>=1']) {
      await page.goto(`${world.url}hosts?q=${encodeURIComponent(selector)}&at=${found}`);
      await page.getByRole('table', { name: 'Hosts' }).getByRole('link').first().waitFor();
    }
    await page.goto(`${world.url}hosts?q=${encodeURIComponent('created<1h')}`);
    await page.getByText('No host matches').waitFor();
    await page.context().close();
  });

  it('keeps the order whatever the selector chooses', async () => {
    const page = await opened('hosts?sort=-vmid&q=status%3Drunning');
    const shown = async (count: RegExp) => {
      await page.getByRole('status').filter({ hasText: count }).waitFor();
      return (await page.locator('tbody tr td:nth-child(2)').allTextContents()).map(Number);
    };
    const running = await shown(/^\d+ of 16 hosts$/);
    await page.getByLabel('Selector').fill('');
    const all = await shown(/^16 hosts$/);

    expect(all).toEqual(all.toSorted((a, b) => b - a));
    expect([all.length, running.length > 0]).toEqual([16, true]);
    expect(running).toEqual(all.filter((vmid) => running.includes(vmid)));
    await page.context().close();
  });

  it('says what to do when the server refuses, and goes on when asked', async () => {
    const { page } = await world.open(alice);
    await page.routeWebSocket('**/api/v1/ws', (socket) => socket.close());
    await page.route('**/api/v1/state*', (route) => route.fulfill(FORBIDDEN));
    await page.goto(`${world.url}providers`);
    const alert = page.getByRole('alert');
    await alert.getByText('Ask an admin.').waitFor();

    await page.unroute('**/api/v1/state*');
    await alert.getByRole('button', { name: 'Try again' }).click();

    await page.getByRole('region', { name: 'lab' }).waitFor();
    expect(await alert.count()).toBe(0);
    await page.context().close();
  });

  it('says so when logging out fails', async () => {
    const page = await opened('account');
    await page.route('**/api/v1/session', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    );

    await page.getByRole('button', { name: 'Log out' }).click();

    await page.getByText('You are still logged in: The server cannot be reached').waitFor();
    await page.context().close();
  });

  it('forgets what one reader has seen before another one reads', async () => {
    const page = await opened('time');
    const changes = page.getByRole('region', { name: 'Changes, table' });
    await changes.getByRole('row').first().waitFor();
    const other = await page.context().newPage();
    await other.goto(`${world.url}account`);
    await other.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('Nobody is logged in').waitFor();
    expect(await changes.count()).toBe(0);

    await page.getByRole('link', { name: 'Log in' }).click();
    await sendLogin(page, 'bob');
    await page.route('**/api/v1/changes*', () => undefined);
    await page.getByRole('link', { name: 'Time' }).click();

    await page.getByText('Loading changes').waitFor();
    expect(await changes.count()).toBe(0);
    await page.context().close();
  });
});
