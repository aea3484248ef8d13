import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { heading, type OpenPage, openWebWorld, seriousViolations, type WebWorld } from './web-world.ts';

/** Virtual machines of the lab that disappear. */
const LOST = [100, 101, 102, 103, 104, 105];

describeChromium('what is decided on the page', (executablePath) => {
  let world: WebWorld;
  let admin: OpenPage;
  let operator: OpenPage;
  let viewer: OpenPage;

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    await world.addSecond();
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('olga', '--role', 'operator');
    await world.addUser('victor', '--role', 'viewer');
    admin = await world.open();
    operator = await world.open();
    viewer = await world.open();
    await world.logIn(admin.page, 'alice');
    await world.logIn(operator.page, 'olga');
    await world.logIn(viewer.page, 'victor');
  });
  afterAll(async () => {
    expect([...admin.faults, ...operator.faults, ...viewer.faults]).toEqual([]);
    await world.close();
  });

  const held = (page: Page) => page.getByRole('region', { name: 'Removals held back' });
  const operation = (page: Page, name: string) =>
    page.getByRole('region', { name: 'Operations, table' }).getByRole('row').filter({ hasText: name });

  /** Their owner has destroyed them, and no record tells of it. */
  function loseGuests(): void {
    const { lab } = world;
    const owner = lab.as('admin@pve');
    for (const { vmid, haState } of lab.guests()) if (haState !== null) owner.setHa(vmid, null);
    for (const vmid of LOST) {
      if (lab.guest(vmid).power !== 'stopped') owner.stop(vmid);
      owner.destroy(vmid);
    }
    lab.faults.add({ match: /GET \/.*(tasks|log)/, effect: { kind: 'empty-list' } });
  }

  it('shows removals that are held, which a viewer cannot accept', async () => {
    const { name } = world.lab.guest(100);
    await world.go(operator.page, 'import');
    await operator.page.getByRole('checkbox', { name: `Mark ${name}` }).check();
    await operator.page.getByRole('button', { name: 'Import marked (1)' }).click();
    await operator.page.getByRole('region', { name: 'Connections' }).getByRole('link', { name }).waitFor();
    await world.go(viewer.page, 'sync');
    await heading(viewer.page, 'Sync');
    loseGuests();

    await world.go(operator.page, 'sync');
    await operator.page.getByRole('button', { name: 'Sync lab' }).click();

    for (const { page } of [operator, viewer]) {
      await held(page).getByText('no longer lists 6 hosts').waitFor();
      await held(page).getByRole('link', { name }).waitFor();
      await page.getByRole('region', { name: 'Providers, table' }).getByText('removals held').waitFor();
    }
    const accept = held(viewer.page).getByRole('button', { name: 'Accept…' });
    expect(await accept.getAttribute('title')).toBe('Your role is viewer; this needs operator');
    await accept.click({ force: true });
    expect(await viewer.page.getByRole('dialog').count()).toBe(0);
  });

  it('accepts them for an operator, and they are gone, on every page that is open', async () => {
    const { page } = operator;
    await world.go(viewer.page, 'hosts');
    const table = viewer.page.getByRole('table', { name: 'Hosts' });
    await table.waitFor();
    const before = Number(await table.getAttribute('aria-rowcount'));

    await held(page).getByRole('button', { name: 'Accept…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Accept and sync' }).click();

    await held(page).waitFor({ state: 'detached' });
    await viewer.page.locator(`[aria-label=Hosts][aria-rowcount="${before - LOST.length}"]`).waitFor();
    await operation(page, 'sync lab').first().getByText('done').waitFor();
    await operation(page, 'sync lab').first().getByRole('link').click();
    const result = page.getByRole('dialog');
    await result.getByText('Removed (6)').waitFor();
    await result.getByText('1 of the removed hosts was imported').waitFor();
  });

  it('archives the connection of a host that is gone', async () => {
    const { page } = operator;
    await page.getByRole('dialog').getByRole('link', { name: 'Import' }).click();
    await page.getByRole('heading', { name: 'Orphaned (1)' }).waitFor();
    await world.go(viewer.page, 'import');
    const refused = viewer.page.getByRole('button', { name: /^Archive 1 connection/ });
    expect(await refused.getAttribute('title')).toBe('Your role is viewer; this needs operator');

    await page.getByRole('button', { name: 'Archive 1 connection' }).click();

    await page.getByRole('region', { name: 'Connections' }).getByText('archived').waitFor();
    expect(await page.getByRole('heading', { name: 'Orphaned' }).count()).toBe(0);
    const [orphan] = JSON.parse(await world.rollcall('import-hosts', '--orphans', '-o', 'json'));
    expect(orphan).toMatchObject({ archivedAt: expect.any(String) });
  });

  it('reviews the hosts that a selector means, also where only the server can tell', async () => {
    const { page } = operator;
    await world.go(page, 'import');
    const shown = page.getByRole('region', { name: 'Hosts that are not imported' }).getByRole('row');
    await shown.nth(1).waitFor();
    await page.getByLabel('Of hosts (selector)').fill('config.cores>=1000');
    await page.getByLabel('Of hosts (selector)').press('Enter');

    await page.getByText('Write another selector.').waitFor();
  });

  it('cancels what is under way, and says who did', async () => {
    const { page } = operator;
    const answer = world.second.faults.add({ match: /./, effect: { kind: 'delay', ms: 600_000 } });
    await world.go(page, 'sync');
    await page.getByRole('button', { name: 'Sync second' }).click();
    const row = operation(page, 'sync second').first();
    await row.getByRole('progressbar').waitFor();
    await world.go(admin.page, 'sync');
    await admin.page.getByRole('button', { name: 'Cancel: sync second' }).click();

    await row.getByText('▲cancelled by alice').waitFor();
    await operation(admin.page, 'sync second').first().getByText('▲cancelled by alice').waitFor();
    answer();
    const [newest] = JSON.parse(await world.rollcall('operations', 'list', '-o', 'json'));
    expect(newest).toMatchObject({ kind: 'sync', state: 'cancelled', requestedBy: 'olga', cancelledBy: 'alice' });
    await page.getByRole('button', { name: 'Sync second' }).click();
    await operation(page, 'sync second').first().getByText('done').waitFor();
  });

  const card = (page: Page) => page.getByRole('region', { name: 'second', exact: true });
  const storedTls = async () =>
    JSON.parse(await world.rollcall('providers', 'list', '-o', 'json')).find(
      ({ name }: { name: string }) => name === 'second',
    ).tls;

  it('trusts certificates that are other ones now, after showing both fingerprints of each', async () => {
    const { page } = admin;
    const { second } = world;
    const nodes = ['pve1', 'pve2'];
    const printsOf = () => nodes.map((node) => second.nodeFingerprint(node));
    const [before, stored] = [printsOf(), await storedTls()];
    for (const node of nodes) second.rotateCertificate(node);
    await world.go(page, 'providers');
    await card(page).getByRole('button', { name: 'Test' }).click();
    await card(page).getByText('2 steps failed').waitFor();

    await card(page).getByRole('button', { name: 'Certificate' }).click();
    await card(page).getByRole('button', { name: 'Look at the certificate' }).click();

    for (const [at, node] of nodes.entries()) {
      const address = card(page).getByRole('region', { name: second.nodeUrl(node) });
      await address.getByText('not what is stored').waitFor();
      const shown = await address.textContent();
      expect([before[at], printsOf()[at]].filter((print) => !shown?.includes(print ?? 'none'))).toEqual([]);
    }
    expect(await storedTls()).toEqual(stored);
    expect(await seriousViolations(page)).toEqual([]);

    await card(page).getByRole('button', { name: 'I have compared them' }).click();
    await card(page).getByText('done').waitFor();
    await card(page).getByText('as stored').nth(1).waitFor();
    expect((await storedTls()).pins).toMatchObject(
      Object.fromEntries(nodes.map((node) => [second.nodeUrl(node), second.nodeFingerprint(node)])),
    );
    await card(page).getByRole('button', { name: 'Test' }).click();
    await card(page).getByText('done').waitFor();
    second.as('admin@pve').setConfig(100, { memory: 4096 });
    await world.go(page, 'sync');
    await page.getByRole('button', { name: 'Sync second' }).click();
    await operation(page, 'sync second').first().getByText('done').waitFor();
  });

  it('removes a provider once its name is written, and keeps its history', async () => {
    const { page } = admin;
    const { name } = world.second.guest(100);
    await world.go(viewer.page, '');
    const overview = viewer.page.getByRole('region', { name: 'Providers, table' });
    await overview.getByRole('link', { name: 'second' }).waitFor();
    await world.go(operator.page, `hosts?q=provider%3Dsecond`);
    await operator.page.getByRole('link', { name, exact: true }).waitFor();
    await world.go(page, 'providers');
    await card(page).getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove second?' });
    const remove = dialog.getByRole('button', { name: 'Remove', exact: true });
    await dialog.getByText('Its 4 hosts leave the inventory').waitFor();
    await dialog.getByRole('button', { name: /^Remove/ }).click({ force: true });
    await dialog.getByLabel('Write second to confirm').fill('secon');
    expect(await remove.count()).toBe(0);

    await dialog.getByLabel('Write second to confirm').fill('second');
    await remove.click();

    await card(page).waitFor({ state: 'detached' });
    await overview.getByRole('link', { name: 'second' }).waitFor({ state: 'detached' });
    await operator.page.getByText('No host matches').waitFor();
    expect(await world.rollcall('providers', 'list', '-o', 'name')).toBe('lab\n');
    await world.go(page, 'time');
    const change = page.getByRole('region', { name: 'Changes, table' }).getByRole('row').filter({ hasText: 'second' });
    await change.filter({ hasText: 'memory' }).getByRole('link').first().click();
    await heading(page, name);
    await page
      .getByRole('tabpanel', { name: 'History' })
      .getByText(/memory/)
      .first()
      .waitFor();
  });
});
