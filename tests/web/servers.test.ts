import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { type OpenPage, openReader, openWebWorld, type Reader, seriousViolations, type WebWorld } from './web-world.ts';

describeChromium('servers on the page', (executablePath) => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-shop-'));
  let world: WebWorld;
  let admin: OpenPage;
  let cora: Reader;
  let dave: Reader;

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    const owner = world.lab.as('mallory@pve');
    owner.setConfig(100, { name: 'cora-one' });
    owner.setConfig(101, { name: 'dave-one' });
    owner.setConfig(102, { name: 'of-nobody' });
    for (const [vmid, name] of [
      [103, 'bill-one'],
      [104, 'bill-two'],
    ] as const)
      owner.setConfig(vmid, { name, tags: 'owner-3' });
    await world.rollcall('discover-all');
    const file = path.join(dir, 'shop.csv');
    const rows = ['id,native_id,provider,name,owner,cores', 'r1,100,lab,cora-one,1,63', 'r2,101,lab,dave-one,2,'];
    writeFileSync(file, rows.join('\n'));
    await world.rollcall('panel', 'add', 'shop', '--type', 'file', '--file', file);
    await world.rollcall('accounts', 'rules', 'set', 'tag:owner-*=shop');
    const prices = path.join(dir, 'prices.yaml');
    writeFileSync(prices, 'currency: EUR\ncharge: present\nbyCore: { per: hour, amount: 0.01 }\n');
    await world.rollcall('billing', 'prices', 'set', prices);
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('walt', '--role', 'viewer');
    await world.addUser('cora', '--role', 'customer', '--account', 'shop:1');
    await world.addUser('dave', '--role', 'customer', '--account', 'shop:2');
    admin = await world.open();
    await world.logIn(admin.page, 'alice');
    cora = await openReader(world, 'cora');
    dave = await openReader(world, 'dave');
  });
  afterAll(async () => {
    await world.close();
    rmSync(dir, { recursive: true, force: true });
    expect([admin, cora, dave].flatMap(({ faults }) => faults)).toEqual([]);
  });

  const linksOf = (page: Page) => page.getByRole('navigation', { name: 'Views' }).getByRole('link').allInnerTexts();

  it('are compared by one click, and findings are taken and accepted', async () => {
    const { page } = admin;
    await world.go(page, 'cross-check');
    await page.getByText('never', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Compare now' }).click();
    const external = page.getByRole('region', { name: 'External servers, table' });
    await external.getByRole('link', { name: /of-nobody/ }).waitFor();
    await page.getByRole('region', { name: 'Other findings, table' }).getByText('the panel says 63').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await external.getByRole('button', { name: /Take .*of-nobody/ }).click();
    await external
      .getByRole('row', { name: /of-nobody/ })
      .getByText('alice', { exact: true })
      .waitFor();
    await external.getByRole('button', { name: /Accept .*of-nobody/ }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('a machine of ours');
    await page.getByRole('button', { name: 'Accept', exact: true }).click();
    await external.getByRole('link', { name: /of-nobody/ }).waitFor({ state: 'detached' });
    expect(await linksOf(page)).toContain('Cross-check');
  });

  it('are billed or not, as an admin decides with a reason', async () => {
    const { page } = admin;
    await world.rollcall('billing', 'propose');
    await world.go(page, 'cross-check');
    const proposals = page.getByRole('region', { name: 'Proposals, table' });
    await proposals.getByRole('row', { name: /bill-one/ }).waitFor();
    for (const [what, name] of [
      ['Apply', /Apply create of .*bill-one/],
      ['Reject', /Reject create of .*bill-two/],
    ] as const) {
      await proposals.getByRole('button', { name }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: `${what} (Say why first)` }).waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await dialog.getByRole('textbox', { name: 'Reason' }).fill('November');
      await dialog.getByRole('button', { name: what, exact: true }).click();
      await proposals.getByRole('button', { name }).waitFor({ state: 'detached' });
    }
    const { servers, transactions } = JSON.parse(await world.rollcall('billing', 'ledger', '-o', 'json'));
    expect(servers).toMatchObject([{ name: expect.stringContaining('bill-one'), accountKey: 'shop:3' }]);
    expect(transactions[0]).toMatchObject({ by: 'alice', reason: 'November' });
  });

  it('are all that a customer sees, and nothing of another one is sent', async () => {
    for (const [{ page, received }, own, other] of [
      [cora, 'cora-one', 'dave-one'],
      [dave, 'dave-one', 'cora-one'],
    ] as const) {
      await world.go(page, 'servers');
      await page.getByRole('button', { name: 'Compare now' }).click();
      await page.getByRole('region', { name: 'Servers, table' }).getByText(own, { exact: true }).waitFor();
      expect(await linksOf(page)).toEqual(['My servers']);
      for (const view of ['', 'hosts', 'cross-check', 'sync']) {
        await world.go(page, view);
        await page.getByRole('heading', { name: 'My servers' }).waitFor();
        await page.waitForLoadState('networkidle');
      }
      const shown = await page.evaluate<string>('document.documentElement.outerHTML');
      const all = [shown, ...(await Promise.all(received))].join('\n');
      expect([own, other, 'of-nobody', 'shop:'].map((text) => all.includes(text))).toEqual([true, false, false, false]);
    }
    await cora.page.getByText('the panel says 63').waitFor();
    expect(await seriousViolations(cora.page)).toEqual([]);
  });

  it('are not compared by who may only look', async () => {
    const { page } = await world.open();
    await world.logIn(page, 'walt');
    await world.go(page, 'cross-check');
    await page.getByRole('button', { name: /Compare now \(Your role is viewer; this needs admin\)/ }).waitFor();
    await page.context().close();
  });
});
