import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { manPage } from '../../src/cli/man-page.ts';

const file = path.join(import.meta.dirname, '../../man/rollcall.1');
const page = readFileSync(file, 'utf8');

describe('man/rollcall.1', () => {
  it('is what the command tree says', async () => {
    // When this fails: `npm run docs`.
    expect(page).toBe(await manPage());
  });

  it('has no line that is a request by accident, and nothing but ASCII', () => {
    const requests = new Set(page.split('\n').flatMap((line) => /^[.'].?\w*/.exec(line)?.[0] ?? []));
    expect(requests).toEqual(new Set(['.\\', '.TH', '.nh', '.ad', '.SH', '.B', '.PP', '.SS', '.TP', '.nf', '.fi']));
    expect(page).toMatch(/^[\n -~]*$/);
  });

  const hasMan = spawnSync('man', ['--version']).status === 0 && spawnSync('groff', ['--version']).status === 0;
  (hasMan ? it : it.skip)('is rendered by man without a warning, with its examples as they are typed', () => {
    const env = { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8', MANROFFOPT: '-c' };
    const { stdout, stderr } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-P', 'cat', file], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const plain = execFileSync('col', ['-b'], { input: stdout, encoding: 'utf8' });
    expect(plain).toContain('$ rollcall list-guests --columns vmid,name,net0.bridge,net0.tag');
    expect(plain).toContain('jq \'.[] | select(.lastRun.outcome != "complete")\'');
    expect(plain).toMatch(/^EXIT STATUS$/m);
  });
});
