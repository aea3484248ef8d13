import { findProductRelease, findRelease } from './find-release.ts';
import { PRODUCTS } from './lifecycle-data.ts';
import type { Product, ProductRelease } from './product.ts';

interface ImageWords {
  product: Product;
  words: readonly string[];
}

/** The longest first: `centos stream` before `centos`. */
const IMAGES: readonly ImageWords[] = PRODUCTS.flatMap((product) =>
  (product.imageWords ?? []).map((words) => ({ product, words: words.split(' ') })),
).toSorted((a, b) => b.words.length - a.words.length);
const CODENAMES: ReadonlyMap<string, ProductRelease> = new Map(
  PRODUCTS.flatMap((product) =>
    product.releases.flatMap((release) =>
      release.codename ? [[release.codename, { product, release }] as const] : [],
    ),
  ),
);
/** Between the name of a system and its version, in the names of its images. */
const FILLERS: ReadonlySet<string> = new Set(['linux', 'server', 'standard', 'virt', 'extended', 'r', 'v']);
const MOST_CHARACTERS = 200;

/**
 * What the name of a template or of an installation image says: `debian-11.7.0-amd64-netinst.iso`, `ubuntu-2204-cloudinit`. null: it
 * names none, several, or one that the configured type rules out.
 */
export function matchImage(name: string, osType: string | null): ProductRelease | null {
  const words = wordsOf(name);
  const found = new Map<string, ProductRelease>();
  for (let index = 0; index < words.length; index += 1) {
    const match = matchAt(words, index);
    if (match) found.set(`${match.product.id}/${match.release.version}`, match);
  }
  const [only] = found.values();
  return only !== undefined && found.size === 1 && isPossible(only.product, osType) ? only : null;
}

/** In lower case; numbers apart from letters: `ubuntu2204` is two words. A volume's storage and folders are left out. */
function wordsOf(name: string): string[] {
  const base = name.slice(-MOST_CHARACTERS).toLowerCase().split(/[/:]/).at(-1) ?? '';
  return base.match(/[a-z]+|\d+(?:\.\d+)*/g) ?? [];
}

function matchAt(words: readonly string[], index: number): ProductRelease | null {
  const word = words[index] ?? '';
  if (word === 'windows' || word === 'win') return matchWindows(words, index + 1);
  const image = IMAGES.find((one) => one.words.every((part, offset) => words[index + offset] === part));
  if (image === undefined) return word === 'cloudimg' ? matchCodename(words) : null;
  const [next = ''] = words.slice(index + image.words.length).filter((one) => !FILLERS.has(one));
  return findRelease(image.product, next) ?? findCompact(image.product, next) ?? codenameOf(image.product, next);
}

/** `2204` is 22.04. */
function findCompact(product: Product, version: string): ProductRelease | null {
  return product.id === 'ubuntu' && /^\d{4}$/.test(version)
    ? findRelease(product, `${version.slice(0, 2)}.${version.slice(2)}`)
    : null;
}

function codenameOf(product: Product, word: string): ProductRelease | null {
  const named = CODENAMES.get(word);
  return named?.product === product ? named : null;
}

/** `jammy-server-cloudimg-amd64.img`: no word says that it is a system's name, but that it is an image of one. */
function matchCodename(words: readonly string[]): ProductRelease | null {
  return words.flatMap((word) => CODENAMES.get(word) ?? [])[0] ?? null;
}

/** A year is a server's. An edition that lasts longer than the others is not told by a name. */
function matchWindows(words: readonly string[], start: number): ProductRelease | null {
  const rest = words.slice(start).filter((word) => !FILLERS.has(word) || word === 'r');
  const [version = '', r, two] = rest;
  if (rest.some((word) => word === 'ltsc' || word === 'ltsb' || word === 'iot')) return null;
  if (/^20\d\d$/.test(version))
    return findProductRelease('windows-server', r === 'r' && two === '2' ? `${version}r2` : version);
  return words.includes('server') ? null : findProductRelease('windows', version);
}

/** Whether a guest of that type can run it. `l26` is any Linux, `win10` any Windows; a container's type names its system. */
function isPossible({ family = 'linux' }: Product, osType: string | null): boolean {
  const type = osType?.toLowerCase() ?? '';
  const isWindows = type.startsWith('win') || type.startsWith('w2k') || type === 'wxp' || type === 'wvista';
  if (isWindows) return family === 'windows';
  if (type === 'l24' || type === 'l26') return family !== 'windows' && family !== 'freebsd';
  const isContainers = PRODUCTS.some((product) => product.family === type);
  return !isContainers || family === type;
}
