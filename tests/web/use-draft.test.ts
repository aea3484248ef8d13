import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundlePage } from '../helpers/bundle-page.ts';
import { describeChromium } from '../helpers/chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An address that answers when the test says so. */
const PAGE = `
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useDraft } from '${root}web/src/parts/use-draft.ts';
window.told = [];
function Box() {
  const [given, setGiven] = useState('');
  const [text, setText] = useDraft(given, (value) => window.told.push(value), 20);
  window.give = setGiven;
  return <input value={text} onChange={(event) => setText(event.target.value)} />;
}
createRoot(document.body).render(<Box />);
`;

describeChromium('what is typed', (executablePath) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundlePage(PAGE) });
  });
  afterAll(() => browser.close());

  const told = (count: number) => page.waitForFunction(`window.told.length === ${count}`);

  it('stays when the address answers late, and gives way to what comes from elsewhere', async () => {
    const box = page.getByRole('textbox');
    await box.pressSequentially('a');
    await told(1);
    await box.pressSequentially('b');
    await told(2);
    await box.pressSequentially('c');
    await page.evaluate("window.give('a')");
    await told(3);
    expect(await box.inputValue()).toBe('abc');
    await page.evaluate("window.give('abc')");
    expect(await box.inputValue()).toBe('abc');

    await page.evaluate("window.give('a')");
    await page.waitForFunction("document.querySelector('input').value === 'a'");

    // On a busy machine the address says the last one so late that it is told again.
    const all: unknown = await page.evaluate('[...new Set(window.told)]');
    expect(all).toEqual(['a', 'ab', 'abc']);
  });
});
