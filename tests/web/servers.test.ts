import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { type OpenPage, openWebWorld, seriousViolations, type WebWorld } from './web-world.ts';

interface Reader extends OpenPage {
  /** Everything that the server sent to it. */
  received: Promise<string>[];
}

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
    await world.rollcall('discover-all');
    const file = path.join(dir, 'shop.csv');
    const rows = ['id,native_id,provider,name,owner,cores', 'r1,100,lab,cora-one,1,63', 'r2,101,lab,dave-one,2,'];
    writeFileSync(file, rows.join('\n'));
    await world.rollcall('panel', 'add', 'shop', '--type', 'file', '--file', file);
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('walt', '--role', 'viewer');
    await world.addUser('cora', '--role', 'customer', '--account', 'shop:1');
    await world.addUser('dave', '--role', 'customer', '--account', 'shop:2');
    admin = await world.open();
    await world.logIn(admin.page, 'alice');
    cora = await openReader('cora');
    dave = await openReader('dave');
  });
  afterAll(async () => {
    expect([admin, cora, dave].flatMap(({ faults }) => faults)).toEqual([]);
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function openReader(name: string): Promise<Reader> {
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
