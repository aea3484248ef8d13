import { describe } from '@jest/globals';
import { chromiumPath } from '../../scripts/chromium.mjs';

const PATH = chromiumPath();
if (PATH === null && process.env['ROLLCALL_CHROMIUM'] === 'required') {
  throw new Error('a browser is required, but Chromium is not installed: node scripts/chromium.mjs --install');
}

/** Tests that drive the page; without a browser they are skipped, and say why. */
export function describeChromium(name: string, tests: (executablePath: string) => void): void {
  if (PATH === null) describe.skip(`${name} (Chromium is not installed)`, () => tests(''));
  else describe(name, () => tests(PATH));
}
