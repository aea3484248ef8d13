import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each(['docs/security.md', 'SECURITY.md'])('%s refers to files that exist', (file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(0);
  const missing = links.filter((link) => !existsSync(path.resolve(root, path.dirname(file), link)));
  expect(missing).toEqual([]);
});

it('every defence of the threat model is shown by a test, or said not to be', () => {
  const rows = readFileSync(path.join(root, 'docs/security.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\|.*\|.*\|.*\|$/.test(line) && !/^\|[-|]+$|^\| can /.test(line));
  expect(rows.length).toBeGreaterThan(25);
  const bare = rows.filter((row) => !row.includes('../tests/'));
  // Nothing is run in an image here.
  expect(bare.map((row) => row.split('|')[1]?.trim())).toEqual(['get into an image through files in the checkout']);
});
