import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeChromium } from '../helpers/chromium.ts';
import { type OpenPage, openReader, openWebWorld, type Reader, sendLogin, type WebWorld } from './web-world.ts';

const VIEWS = ['', 'hosts', 'time', 'sync', 'providers', 'import', 'lifecycle', 'account'];

interface Named {
  id: string;
  name: string;
  providerId: string;
}

/** A page of somebody, and everything that the server sent to it. */
describeChromium('who sees what', (executablePath) => {
  let world: WebWorld;
  let admin: OpenPage;
  /** Who sees one guest of the lab, by its tag; an operator. */
  let tess: Reader;
  /** Who sees one guest of the lab, by its pool. */
  let paul: Reader;
  /** Who sees the second cluster. */
  let pia: Reader;
  let hosts: Named[];
  /** Of the lab: ids of the operation, the nodes and the storages. */
  let inner: string[];

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    const owner = world.lab.as('mallory@pve');
    const pooled = [world.lab, world.second].flatMap((lab) => lab.guests().map(({ vmid }) => ({ lab, vmid })));
    for (const { lab, vmid } of pooled) lab.as('mallory@pve').setPool(vmid, null);
    owner.setConfig(100, { tags: 'shop', name: 'shop-one' });
    owner.setPool(101, 'prod');
    owner.setConfig(102, { tags: 'hidden-tag' });
    await world.addSecond();
    await world.rollcall('discover-all');
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('tess', '--role', 'operator', '--tag', 'shop');
    await world.addUser('paul', '--role', 'viewer', '--pool', 'prod');
    await world.addUser('pia', '--role', 'viewer', '--provider', 'second');
    admin = await world.open();
    await world.logIn(admin.page, 'alice');
    await world.go(admin.page, 'sync');
    await admin.page.getByRole('button', { name: 'Sync lab' }).click();
    await admin.page.getByRole('region', { name: 'Operations, table' }).getByText('done').waitFor();
    await world.go(admin.page, 'import');
    await admin.page.getByRole('checkbox', { name: 'Mark all that are shown' }).check();
    await admin.page.getByRole('button', { name: 'Import marked' }).click();
    await admin.page.getByText('Nothing to review').waitFor();
    const state = await ask(admin.page, 'state');
    hosts = state.hosts;
    const lab = state.providers.find(({ name }: Named) => name === 'lab').id;
    const { items } = await ask(admin.page, 'operations');
    inner = [...items, ...state.nodes, ...state.storages].flatMap((one: Named) =>
      one.providerId === lab ? [one.id] : [],
    );
    tess = await openReader(world, 'tess');
    paul = await openReader(world, 'paul');
    pia = await openReader(world, 'pia');
  });
  afterAll(async () => {
    expect([admin, tess, paul, pia].flatMap(({ faults }) => faults)).toEqual([]);
    await world.close();
  });

  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  const ask = async (page: Page, path: string): Promise<any> =>
    (await page.request.get(`${world.url}api/v1/${path}`)).json();

  const isOfTag = ({ name }: Named) => name.startsWith('shop-');
  const isOfPool = ({ name }: Named) => name === world.lab.guest(101).name;
  const isOfSecond = ({ providerId, name }: Named) =>
    providerId !== hosts.find((host) => isOfTag(host))?.providerId && name !== '';

  /** Ids, and words that are only in what is not seen. */
  function hiddenFrom(isSeen: (host: Named) => boolean, more: readonly string[]): string[] {
    const seen = hosts.filter(isSeen).map(({ name }) => name);
    const hidden = hosts.filter((host) => !isSeen(host));
    const names = hidden.map(({ name }) => name).filter((name) => !seen.includes(name));
    return [...hidden.map(({ id }) => id), ...names, 'hidden-tag', ...more];
  }

  /** What of it is in a text as a word. */
  const leaks = (text: string, hidden: readonly string[]) => {
    const words = new Set(text.split(/[^\w@.-]+/));
    return hidden.filter((one) => words.has(one));
  };

  const shownBy = (page: Page) => page.evaluate<string>('document.documentElement.outerHTML');

  describe.each([
    ['a tag', () => tess, isOfTag, () => [...inner, 'second'], { hosts: 1, nodes: 0 }],
    ['a pool', () => paul, isOfPool, () => [...inner, 'second', 'shop-one'], { hosts: 1, nodes: 0 }],
    ['a provider', () => pia, isOfSecond, () => [...inner, 'lab', 'mallory@pve'], { hosts: 4, nodes: 2 }],
  ] as const)('somebody who is limited to %s', (_what, reader, isSeen, more, counts) => {
    it('sees nothing of the rest in any view', async () => {
      const { page, received } = reader();
      const hidden = hiddenFrom(isSeen, more());
      const foreign = hosts.find((host) => !isSeen(host))?.id;
      const found: string[] = [];
      for (const view of [...VIEWS, `hosts/${foreign}`]) {
        await world.go(page, view);
        await page.waitForLoadState('networkidle');
        found.push(...leaks(await shownBy(page), hidden).map((one) => `${view}: ${one}`));
      }
      await page.getByText('There is no such host').waitFor();
      const texts = (await Promise.all(received)).join('\n');

      expect(found).toEqual([]);
      // Who refuses it names what was asked for.
      expect(leaks(texts, hidden).filter((one) => one !== foreign)).toEqual([]);
      expect(
        leaks(
          texts,
          hosts.filter(isSeen).map(({ id }) => id),
        ),
      ).toHaveLength(counts.hosts);
    });

    it('counts what is seen, in figures, lists and charts', async () => {
      const { page } = reader();
      await world.go(page, '');
      const figures = page.getByRole('list', { name: 'Counts' });
      const figure = (title: string) => figures.getByRole('listitem').filter({ hasText: title });
      await figure('Hosts').getByText(String(counts.hosts), { exact: true }).waitFor();
      await figure('Nodes').getByText(String(counts.nodes), { exact: true }).waitFor();
      await figure('Providers').getByText('1', { exact: true }).waitFor();
      const table = page.getByRole('region', { name: 'Providers, table' });
      expect(await table.getByRole('row').count()).toBe(2);
      await table.getByRole('cell', { name: String(counts.hosts), exact: true }).waitFor();
      await page
        .getByText(`Hosts at the end of each day: from 0 to ${counts.hosts}, at most ${counts.hosts}`)
        .waitFor({ state: 'attached' });
      await world.go(page, 'hosts');
      await page
        .getByRole('status')
        .filter({ hasText: new RegExp(`^${counts.hosts} hosts?$`) })
        .waitFor();
      await world.go(page, 'time');
      await page.getByText(new RegExp(`^${counts.hosts} hosts?, `)).waitFor();
      await world.go(page, 'providers');
      await page.getByRole('link', { name: new RegExp(`^${counts.hosts} hosts?$`) }).waitFor();
      await world.go(page, 'sync');
      await page.getByText('Nothing was asked for yet').waitFor();
    });
  });

  it('tells nobody of a change that is not of the part, while it tells of those that are', async () => {
    for (const { page } of [tess, paul, pia]) {
      await world.go(page, 'hosts');
      await page.getByRole('table', { name: 'Hosts' }).waitFor();
    }
    const [lab, second] = [world.lab.as('mallory@pve'), world.second.as('admin@pve')];
    lab.setConfig(102, { name: 'foreign-new' });
    await world.rollcall('discover-all');
    lab.setConfig(100, { name: 'shop-two' });
    lab.setConfig(101, { name: 'pool-two' });
    second.setConfig(100, { name: 'second-two' });
    await world.rollcall('discover-all');

    const own = [
      [tess, 'shop-two'],
      [paul, 'pool-two'],
      [pia, 'second-two'],
    ] as const;
    for (const [{ page, received }, name] of own) {
      await page.getByRole('link', { name }).waitFor();
      const told = `${await shownBy(page)}\n${(await Promise.all(received)).join('\n')}`;
      const others = ['foreign-new', ...own.map(([, other]) => other)].filter((other) => other !== name);
      expect(leaks(told, [...others, name])).toEqual([name]);
    }
  });

  it('keeps nothing of a session for whoever logs in next on the same page', async () => {
    const { page } = await world.open();
    await world.addUser('ada', '--role', 'admin');
    await world.logIn(page, 'ada');
    await page
      .getByRole('region', { name: 'Changes of the last day, table' })
      .getByText('foreign-new')
      .first()
      .waitFor();
    await world.rollcall('users', 'disable', 'ada');
    await page.getByText('Nobody is logged in').waitFor();
    // What is asked for anew does not come: only what is kept could be shown.
    await page.route('**/api/v1/changes*', () => undefined);
    await page.getByRole('link', { name: 'Log in' }).click();
    await sendLogin(page, 'tess');
    await page.getByText('Loading changes').waitFor();

    expect(leaks(await shownBy(page), hiddenFrom(isOfTag, ['foreign-new', 'second']))).toEqual([]);
    await page.context().close();
  });
});
