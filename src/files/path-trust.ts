import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import path from 'node:path';
import { AppError } from '../types/errors.ts';

const isPosix = process.platform !== 'win32';
const MOST_LINKS = 40;
const ROOT = 0;

/** Who reads: everything of root and of this user is trusted, and what this user's own group may write. */
export interface Reader {
  uid: number;
  gid: number;
}

export interface TrustOptions {
  reader?: Reader;
  /** Whether folders may be writable by any group. */
  isGroupTrusted?: boolean;
}

/** Why someone else could put another file in place of one. `place`: the folder or link that lets them. */
export interface PathFlaw {
  place: string;
  why: 'others' | 'group' | 'owner' | 'link';
  uid: number;
}

/** Where a path leads, without links, and what is wrong with the way there. */
export interface ResolvedPath {
  real: string;
  flaw: PathFlaw | null;
}

/**
 * Follows a path name by name, as the kernel does, and looks at every folder and link on the way, those behind links included,
 * and with `isFolder` at what it names too. Throws the system's error, ENOENT where a folder is missing.
 */
export function resolvePath(file: string, options: TrustOptions & { isFolder?: boolean } = {}): ResolvedPath {
  const absolute = path.resolve(file);
  if (!isPosix) return { real: absolute, flaw: null };
  const rest = namesOf(absolute);
  let at = '/';
  let flaw: PathFlaw | null = null;
  for (let links = 0; ; ) {
    const name = rest.shift();
    if (name === undefined && options.isFolder !== true) return { real: at, flaw };
    const folder = lstatSync(at);
    flaw ??= folderFlaw(at, folder, options);
    if (name === undefined) return { real: at, flaw };
    const next = name === '..' ? path.dirname(at) : path.join(at, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    // The last name may be missing: it is the file that is to be made.
    if (stats === undefined && rest.length === 0 && options.isFolder !== true) return { real: next, flaw };
    if (stats !== undefined) flaw ??= entryFlaw(next, stats, folder, options);
    if (stats?.isSymbolicLink() !== true) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) throw Object.assign(new Error(`too many links: ${file}`), { code: 'ELOOP' });
    const target = readlinkSync(next);
    if (path.isAbsolute(target)) at = '/';
    rest.unshift(...namesOf(target));
  }
}

/** Where a file is that nobody else can replace. Throws AppError('configuration') otherwise; `what`: that it holds. */
export function trustedPath(file: string, what: string, options: TrustOptions = {}): string {
  return unflawed(resolvePath(file, options), file, what);
}

/** Where the folder is in which a file is to be made, when nobody else can write there. Throws AppError('configuration'). */
export function trustedFolder(
  folder: string,
  { file, what, ...options }: TrustOptions & { file: string; what: string },
): string {
  return unflawed(resolvePath(folder, { ...options, isFolder: true }), file, what);
}

function unflawed({ real, flaw }: ResolvedPath, file: string, what: string): string {
  if (flaw === null) return real;
  const hint = `${mendText(flaw)}, or keep the ${what} elsewhere`;
  throw new AppError('configuration', flawText(file, flaw), { hint });
}

function namesOf(text: string): string[] {
  return text.split('/').filter((name) => name !== '' && name !== '.');
}

function readerOf({ reader }: TrustOptions): Reader {
  return reader ?? { uid: process.geteuid?.() ?? ROOT, gid: process.getegid?.() ?? ROOT };
}

function isShared({ mode, gid }: Stats, options: TrustOptions): 'others' | 'group' | null {
  if ((mode & 0o002) !== 0) return 'others';
  const isOwnGroup = gid === readerOf(options).gid || options.isGroupTrusted === true;
  return (mode & 0o020) !== 0 && !isOwnGroup ? 'group' : null;
}

function folderFlaw(place: string, stats: Stats, options: TrustOptions): PathFlaw | null {
  const { uid } = stats;
  const reader = readerOf(options);
  if (reader.uid !== ROOT && uid !== reader.uid && uid !== ROOT) return { place, why: 'owner', uid };
  const why = isShared(stats, options);
  // As in /tmp, the sticky bit keeps others from replacing what is not theirs.
  return why === null || (stats.mode & 0o1000) !== 0 ? null : { place, why, uid };
}

/** In a sticky folder anybody may have made a folder or a link, which then leads wherever they want. */
function entryFlaw(place: string, stats: Stats, folder: Stats, options: TrustOptions): PathFlaw | null {
  const { uid } = stats;
  const isOwn = uid === readerOf(options).uid || uid === ROOT;
  if (isOwn || stats.isFile() || isShared(folder, options) === null) return null;
  return { place, why: stats.isSymbolicLink() ? 'link' : 'owner', uid };
}

function flawText(file: string, { place, why, uid }: PathFlaw): string {
  if (why === 'link') return `${file} leads over ${place}, a link of another user (uid ${uid})`;
  const kind = {
    others: 'a directory that anybody can write to',
    group: 'a directory that its group can write to',
    owner: `a directory of another user (uid ${uid})`,
  };
  return path.dirname(path.resolve(file)) === place
    ? `${file} lies in ${kind[why]}`
    : `${file} lies below ${place}, ${kind[why]}`;
}

function mendText({ place, why }: PathFlaw): string {
  const mend = { others: `chmod o-w ${place}`, group: `chmod g-w ${place}` };
  return why === 'others' || why === 'group' ? mend[why] : `use a path without ${place}`;
}
