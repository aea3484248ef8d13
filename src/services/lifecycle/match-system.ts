import type { InnerOs } from '../../types/inner-facts.ts';
import { findProductRelease, findRelease } from './find-release.ts';
import { PRODUCTS } from './lifecycle-data.ts';
import type { ProductRelease } from './product.ts';

/** The longest first: `centos stream` before `centos`. */
const NAMES = PRODUCTS.flatMap((product) => product.names.map((name) => ({ name, product }))).toSorted(
  (a, b) => b.name.length - a.name.length,
);
/** Between the name of a system and its version. */
const FILLERS: ReadonlySet<string> = new Set(['linux', 'server', 'workstation', 'release']);
/** Names are short; more of one says nothing. */
const MOST_CHARACTERS = 200;

/** What a system calls itself: `Debian GNU/Linux 12 (bookworm)`, version `12`. A version that is told counts alone. */
export function matchSystem({ name, version }: InnerOs): ProductRelease | null {
  const title = name.slice(0, MOST_CHARACTERS).trim().toLowerCase();
  const found = NAMES.find((one) => title === one.name || title.startsWith(`${one.name} `));
  if (found === undefined) return null;
  const words = title.slice(found.name.length).split(' ').filter(Boolean);
  const wanted = version?.trim().toLowerCase() || versionIn(words);
  if (found.product.id === 'windows' && isLongTerm(words)) return longTermWindows(words, wanted);
  return wanted === undefined ? null : findRelease(found.product, wanted);
}

/** `12`, `v3.18`, `2012 R2`. */
function versionIn(words: readonly string[]): string | undefined {
  const start = words.findIndex((word) => !FILLERS.has(word));
  const first = words[start];
  if (first === undefined) return undefined;
  return words[start + 1] === 'r2' ? `${first}r2` : first.startsWith('v3') ? first.slice(1) : first;
}

function isLongTerm(words: readonly string[]): boolean {
  return words.some((word) => word === 'ltsc' || word === 'ltsb');
}

/** Its year decides, and that of IoT lasts longer. */
function longTermWindows(words: readonly string[], version: string | undefined): ProductRelease | null {
  const year = words.find((word) => /^20\d\d$/.test(word));
  if (year === undefined || version === undefined || words.includes('iot')) return null;
  return findProductRelease('windows', `${version} ltsc ${year}`);
}
