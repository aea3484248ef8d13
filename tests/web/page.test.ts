import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { heading, type OpenPage, openWebWorld, PASSWORD, seriousViolations, type WebWorld } from './web-world.ts';

const VIEWS = [
  '',
  'hosts',
  'hosts/HOST?tab=facts',
  'hosts/HOST?tab=configuration',
  'hosts/HOST?tab=history',
  'hosts/HOST?tab=compare',
  'time',
  'sync',
  'providers',
  'providers?form=new',
  'import',
  'lifecycle',
  'api',
  'account',
  'login',
  'nowhere',
];
const SIZES = [
  [360, 800],
  [3840, 2160],
  [1280, 860],
] as const;

describeChromium('the web page', (executablePath) => {
  let world: WebWorld;
  let admin: OpenPage;
  /** Of the pictures. */
  let viewer: OpenPage;
  let hostId = '';

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    admin = await world.open();
  });
  afterAll(async () => {
    expect(admin.faults).toEqual([]);
    await world.close();
  });

  const go = (page: Page, to: string) => world.go(page, to);
  const logIn = (...given: Parameters<WebWorld['logIn']>) => world.logIn(...given);

  it('reads only, and says so, while there are no users', async () => {
    await go(admin.page, 'sync');
    await admin.page.getByText('No users yet').waitFor();

    const sync = admin.page.getByRole('button', { name: /^Sync all/ });
    expect(await sync.getAttribute('aria-disabled')).toBe('true');
    expect(await sync.getAttribute('title')).toContain('rollcall users add');
  });

  it('takes an invitation, and logs in with the password', async () => {
    const { page } = admin;
    const link = /\/(invite\/\S+)/.exec(await world.rollcall('users', 'add', 'alice', '--role', 'admin'))?.[1];

    await go(page, link ?? '');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set it' }).click();
    await page.getByText('The password of alice is set').waitFor();
    await logIn(page, 'alice');

    await page.getByRole('button', { name: /alice.*admin/ }).waitFor();
  });

  it('shows what was found, and a change as it is stored, without a reload', async () => {
    const { page } = admin;
    await go(page, 'hosts');
    const table = page.getByRole('table', { name: 'Hosts' });
    const row = (name: string) => table.getByRole('row').filter({ hasText: name });
    const [guest] = world.lab.guests().filter(({ kind, power }) => kind === 'qemu' && power === 'running');
    const name = guest?.name ?? '';
    await row(name).getByText('running').waitFor();
    expect(await table.getAttribute('aria-rowcount')).toBe('17');

    world.lab.as('admin@pve').stop(guest?.vmid ?? 0);
    await world.rollcall('discover-all');

    await row(name).getByText('stopped').waitFor();
  });

  it('keeps the whole view in the address: selector, order, columns', async () => {
    const { page } = admin;
    await go(page, 'hosts');
    await page.getByLabel('Selector').fill('status=stopped');
    await page.waitForURL(/q=status%3Dstopped/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Memory' }).click();
    await page.waitForURL(/sort=memory/);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'First seen' }).check();
    await page.waitForURL(/cols=.*created/);
    const shown = await page.getByRole('status').filter({ hasText: ' of 16 hosts' }).textContent();

    const other = await page.context().newPage();
    await other.goto(page.url());

    await other.getByRole('columnheader', { name: 'First seen' }).waitFor();
    await other.getByText(shown ?? 'nothing').waitFor();
    expect(await other.getByRole('columnheader', { name: 'Memory' }).getAttribute('aria-sort')).toBe('ascending');
    await other.close();
  });

  it('says where a selector is wrong, and asks the server for what the feed does not tell', async () => {
    const { page } = admin;
    await go(page, 'hosts');
    await page.getByLabel('Selector').fill('memroy>1G');
    await page.getByText('did you mean memory?').waitFor();

    await page.getByLabel('Selector').fill('config.cores>=1');
    await page
      .getByRole('status')
      .filter({ hasText: /^\d+ hosts?$/ })
      .waitFor();

    expect(await page.getByRole('table', { name: 'Hosts' }).getByRole('row').count()).toBeGreaterThan(1);
  });

  it('goes by keyboard from the list to a host, its history and the differences', async () => {
    const { page } = admin;
    await go(page, 'hosts?q=status%3Dstopped');
    await page.getByRole('table', { name: 'Hosts' }).getByRole('link').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction('document.activeElement?.closest(\'[data-index="1"]\') !== null');
    const name = await page.evaluate<string>("document.activeElement?.textContent ?? ''");
    await page.keyboard.press('Enter');
    await heading(page, name);
    hostId = /hosts\/([^?]+)/.exec(page.url())?.[1] ?? '';

    await page.getByRole('tab', { name: 'Facts' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');

    await page.getByRole('tabpanel', { name: 'History' }).getByText('first seen').first().waitFor();
  });

  it('tells who made a change, and how sure that is', async () => {
    const { page } = admin;
    await go(page, 'time');
    const changes = page.getByRole('region', { name: 'Changes, table' });

    await page.getByRole('button', { name: /^admin@pve/ }).click();
    await page.waitForURL(/by=admin/);

    await changes.getByRole('row').filter({ hasText: 'status running → stopped' }).getByText('exact').waitFor();
  });

  it('shows the inventory as it was', async () => {
    const { page } = admin;
    const before = new Date().toISOString();
    world.lab.as('admin@pve').create('qemu', { vmid: 950, name: 'late-comer' });
    await world.rollcall('discover-all');

    await go(page, `hosts?q=late-comer`);
    await page.getByRole('link', { name: 'late-comer' }).waitFor();
    await go(page, `hosts?q=late-comer&at=${before}`);
    await page.getByText('No host matches').waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('link', { name: 'late-comer' }).waitFor();

    await go(page, 'time');
    await page.getByText(/^17 hosts/).waitFor();
    await page.getByLabel('Time', { exact: true }).press('Home');
    await page.waitForURL(/at=/);
    await page.getByText(/^(?:0|16) hosts/).waitFor();
  });

  it('makes visible what would deceive the reader', async () => {
    const { page } = admin;
    world.lab
      .as('admin@pve')
      .create('qemu', { vmid: 951, name: 'evil', description: 'a\u202Eb<img src=x onerror=alert(1)>' });
    await world.rollcall('discover-all');
    await go(page, 'hosts?q=evil');
    await page.getByRole('link', { name: 'evil' }).click();
    await page.getByRole('tab', { name: 'Configuration' }).click();

    const panel = page.getByRole('tabpanel', { name: 'Configuration' });
    await panel.getByText('a\\u{202e}b<img src=x onerror=alert(1)>').waitFor();
    expect(await panel.locator('img').count()).toBe(0);
  });

  it('imports a host', async () => {
    const { page } = admin;
    await go(page, 'import');
    await page.getByRole('checkbox', { name: 'Mark late-comer' }).check();
    await page.getByRole('button', { name: 'Import marked (1)' }).click();

    await page.getByRole('region', { name: 'Connections' }).getByRole('link', { name: 'late-comer' }).waitFor();
  });

  it('lets a viewer look, and says why nothing more', async () => {
    const { page } = await world.open();
    const link = /\/(invite\/\S+)/.exec(await world.rollcall('users', 'add', 'victor', '--role', 'viewer'))?.[1];
    await go(page, link ?? '');
    await page.getByLabel('Password', { exact: true }).fill('other words in a row');
    await page.getByLabel('Again').fill('other words in a row');
    await page.getByRole('button', { name: 'Set it' }).click();
    await page.getByText('is set').waitFor();
    await logIn(page, 'victor', 'other words in a row');

    await go(page, 'providers?form=new');
    const add = page.getByRole('button', { name: /^Add a provider/ });
    await add.waitFor();

    expect(await add.getAttribute('title')).toBe('Your role is viewer; this needs admin');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  });

  it('shows the login when the session has ended, and nothing of the inventory after logging out', async () => {
    const { page } = await world.open();
    await logIn(page, 'victor', 'other words in a row');
    await page.getByRole('button', { name: /victor/ }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await heading(page, 'Log in');

    await go(page, 'hosts');
    await page.getByText('Nobody is logged in').waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    await page.context().close();
  });

  it('adds a provider: its certificate is seen and trusted, its secret is a reference', async () => {
    const { page } = admin;
    await go(page, 'providers?form=new');
    const form = page.getByRole('dialog', { name: 'Add a provider' });
    await form.getByLabel('Name').fill('second');
    await form.getByLabel('Addresses').fill(world.second.url);
    await form.getByLabel('Token id').fill('root@pam!lab');
    await form.getByLabel("Reference to the token's secret").fill('hunter2');
    await form.getByRole('button', { name: 'Add' }).click();
    await form.getByText('A reference, not the secret').waitFor();
    await form.getByLabel("Reference to the token's secret").fill('env:ROLLCALL_SECRET_SECOND');
    await form.getByRole('button', { name: 'Look at the certificate' }).click();
    await form.getByText(world.second.fingerprint).waitFor();
    await form.getByRole('button', { name: 'trust this fingerprint' }).click();
    await form.getByRole('button', { name: 'Add', exact: true }).click();

    const card = page.getByRole('region', { name: 'second' });
    await card.getByRole('button', { name: 'Test' }).click();
    await card.getByText('done').waitFor();
    expect(await card.getByRole('listitem').count()).toBeGreaterThan(3);
  });

  it('syncs it, and shows what the run found', async () => {
    const { page } = admin;
    await go(page, 'sync');
    await page.getByRole('button', { name: 'Sync second' }).click();
    const operation = page
      .getByRole('region', { name: 'Operations, table' })
      .getByRole('row')
      .filter({ hasText: 'sync second' });
    await operation.getByText('done').waitFor();
    await operation.getByRole('link').click();

    await page.getByRole('dialog').getByText('New (4)').waitFor();
  });

  it('has shortcuts, with a help that lists them', async () => {
    const { page } = admin;
    await go(page, '');
    await heading(page, 'Overview');
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await heading(page, 'Hosts');
    await page.keyboard.press('/');
    expect(await page.evaluate("document.activeElement?.getAttribute('aria-label')")).toBe('Selector');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Hosts' }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    viewer = await world.open({ storageState: await page.context().storageState() });
  });

  it.each(VIEWS)('has no serious barrier in either scheme, and fits at every width: /%s', async (view) => {
    const { page, faults } = viewer;
    await go(page, view.replace('HOST', hostId));
    await page.waitForLoadState('networkidle');
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await seriousViolations(page)).map((violation) => `${colorScheme}: ${violation}`));
    }
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await page.screenshot({
        path: path.join(world.pictures, `${view.replace(/\W+/g, '-') || 'overview'}-${width}.png`),
      });
      if (await isCut(page)) found.push(`it is wider than ${width} pixels`);
    }

    expect(found).toEqual([]);
    expect(faults).toEqual([]);
  });
});

/** Whether the page, and not a table in it, scrolls to the side. */
function isCut(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(`[document.documentElement, document.querySelector('main')].some(
    ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
  )`);
}
