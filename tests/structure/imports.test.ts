import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../src', import.meta.url));

/** Which rooms the files of a room import. Lint says the same of the first level; here are all of it, and no others. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {};

/** A folder of `src`; of a large one, the folder in it. */
function roomOf(file: string): string {
  const [first = '', second = '', ...rest] = file.split('/');
  return ['cli', 'repositories', 'services', 'providers'].includes(first) && rest.length > 0
    ? `${first}/${second}`
    : first;
}

function files(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated/'),
  );
}

function arrows(): Record<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of files()) {
    const from = roomOf(file);
    const targets = found.get(from) ?? new Set();
    found.set(from, targets);
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const to = roomOf(path.posix.join(path.posix.dirname(file), specifier));
      if (to !== from) targets.add(to);
    }
  }
  return Object.fromEntries([...found].map(([from, targets]) => [from, [...targets].toSorted()]));
}

describe('the rooms of src', () => {
  it('import what is said here', () => {
    expect(arrows()).toEqual(ARROWS);
  });
});
