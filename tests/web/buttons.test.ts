import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeChromium } from '../helpers/chromium.ts';
import { type OpenPage, openWebWorld, type WebWorld } from './web-world.ts';

describeChromium('the buttons', (executablePath) => {
  let world: WebWorld;
  let admin: OpenPage;

  beforeAll(async () => {
    world = await openWebWorld(executablePath);
    world.lab.as('admin@pve').setConfig(100, { tags: 'shop' });
    await world.addSecond();
    await world.rollcall('discover-all');
    await world.addUser('alice', '--role', 'admin');
    await world.addUser('victor', '--role', 'viewer');
    await world.addUser('olga', '--role', 'operator');
    await world.addUser('tess', '--role', 'operator', '--tag', 'shop');
    await world.addUser('boss', '--role', 'admin', '--provider', 'second');
    admin = await world.open();
    await world.logIn(admin.page, 'alice');
  });
  afterAll(async () => {
    expect(admin.faults).toEqual([]);
    await world.close();
  });

  /** Presses them, whatever they say; gives those that say who may, and what was asked of the server. */
  async function press(name: string, which: string): Promise<{ refused: string[]; asked: string[] }> {
    const { page, faults } = await world.open();
    const refused: string[] = [];
    const asked: Promise<string>[] = [];
    await world.logIn(page, name);
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (request.method() === 'GET' || pathname === '/api/v1/sync') return;
      asked.push(request.response().then((response) => `${pathname.split('/').at(-1)} ${response?.status()}`));
    });
    for (const view of ['', 'sync', 'providers', 'import']) {
      await world.go(page, view);
      await page.waitForLoadState('networkidle');
      const said = await page.evaluate<string[]>(`(${PRESS})(${JSON.stringify(which)})`);
      refused.push(...said.map((one) => `/${view}: ${one}`));
      await Promise.all(asked);
    }
    const answers = await Promise.all(asked);
    expect(faults).toEqual([]);
    await page.context().close();
    return { refused, asked: answers };
  }

  const add = '/providers: Add a provider';
  const change = ['Certificate', 'Change', 'Disable', 'Remove'].map((one) => `/providers: ${one}`);
  const card = ['/providers: Test', ...change];
  const sync = ['/: Sync all', '/sync: Sync marked', '/sync: Sync all', '/sync: Sync'];

  it('offer a viewer nothing: whatever is pressed, nothing is asked for', async () => {
    const release = world.second.faults.add({ match: /./, effect: { kind: 'delay', ms: 600_000 } });
    await world.go(admin.page, 'sync');
    await admin.page.getByRole('button', { name: 'Sync second' }).click();
    await admin.page.getByRole('button', { name: 'Cancel: sync second' }).waitFor();

    expect(await press('victor', '')).toEqual({
      refused: [...sync, '/sync: Cancel', '/sync: Cancel', add, ...card, ...card, '/import: Import marked'],
      asked: [],
    });
    release();
    await admin.page.getByRole('button', { name: 'Cancel: sync second' }).click();
    await admin.page.getByText('▲cancelled by alice').waitFor();
  });

  it.each([
    ['an operator who sees one tag', 'tess', '', [...sync, add, ...card], ['imports 200']],
    [
      'an operator',
      'olga',
      'Test|Add|Cert|Change|Disable|Remove',
      [add, ...change, ...change],
      ['test 202', 'test 202'],
    ],
    ['an admin of one provider', 'boss', 'Test|Add|Cert', [add, '/providers: Certificate'], ['test 202']],
  ])('offer %s nothing that the server refuses', async (_who, name, which, refused, asked) => {
    expect(await press(name, which)).toEqual({ refused, asked });
  });
});

/** In the page. Boxes first, so that nothing is refused for want of a choice. */
const PRESS = `async (which) => {
  const boxes = [...document.querySelectorAll('main input[type=checkbox]:not([aria-label^="Mark all"])')];
  for (const box of boxes) box.click();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const buttons = [...document.querySelectorAll('main button')];
  const refused = buttons.filter(({ title }) => title.includes('needs'));
  const names = refused.map(({ textContent }) => textContent.replace(/ ?[(].*/, ''));
  for (const button of buttons) if (new RegExp(which).test(button.textContent)) button.click();
  // What was pressed asks before the next picture is drawn.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return names;
}`;
