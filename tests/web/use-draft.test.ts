import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundlePage } from '../helpers/bundle-page.ts';
import { describeChromium } from '../helpers/chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const REST_MS = 20;

/** An address that answers when the test says so. */
const PAGE = `
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useDraft } from '${root}web/src/parts/use-draft.ts';
window.told = [];
function Box() {
  const [given, setGiven] = useState();
  const [text, setText] = useDraft(given, (value) => window.told.push(value), ${REST_MS});
  window.give = setGiven;
  // After the effects of the hook.
  useEffect(() => {
    window.shown = given;
  }, [given]);
  return <input value={text ?? ''} onChange={(event) => setText(event.target.value || undefined)} />;
}
createRoot(document.body).render(<Box />);
`;

describeChromium('what is typed', (executablePath) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  beforeEach(async () => {
    page = await browser.newPage();
    // Time passes where the test says so: nothing rests because the machine is busy.
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1000);
    await page.addScriptTag({ content: await bundlePage(PAGE) });
  });
  afterEach(() => page.close());
  afterAll(() => browser.close());

  const rest = () => page.clock.runFor(REST_MS);
  const told = () => page.evaluate('window.told');
  const box = () => page.getByRole('textbox');

  async function give(value: string): Promise<void> {
    await page.evaluate(`window.give('${value}')`);
    await page.waitForFunction(`window.shown === '${value}'`);
  }

  it('stays when the address answers late, and gives way to what comes from elsewhere', async () => {
    await box().pressSequentially('a');
    expect(await told()).toEqual([]);
    await rest();
    await box().pressSequentially('b');
    await rest();
    await box().pressSequentially('c');
    await give('a');
    await rest();
    expect(await box().inputValue()).toBe('abc');
    await give('abc');
    expect(await box().inputValue()).toBe('abc');

    await give('a');
    expect(await box().inputValue()).toBe('a');

    await rest();
    expect(await told()).toEqual(['a', 'ab', 'abc']);
  });

  it('is told once when the address says an earlier one after that', async () => {
    for (const letter of ['a', 'b', 'c']) {
      await box().pressSequentially(letter);
      await rest();
    }
    await give('a');
    await rest();
    await give('ab');
    await rest();
    expect([await box().inputValue(), await told()]).toEqual(['abc', ['a', 'ab', 'abc']]);
  });

  it('is told again after something else has come in between', async () => {
    await box().pressSequentially('a');
    await rest();
    await give('elsewhere');
    await box().fill('a');
    await rest();
    expect(await told()).toEqual(['a', 'a']);
  });

  it('is told when it is empty, too', async () => {
    await give('elsewhere');
    await box().fill('');
    await rest();
    expect(await told()).toStrictEqual([undefined]);
  });
});
