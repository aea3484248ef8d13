import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolvePath } from '../../src/files/path-trust.ts';
import { readPrivateFile, writePrivateFile } from '../../src/files/private-file.ts';
import { replaceFile } from '../../src/files/replace-file.ts';
import { tempDir } from '../helpers/temp.ts';

const root = realpathSync(tempDir());
const STRANGER = 54_321;
const isRoot = process.geteuid?.() === 0;

function folder(name = 'a', mode = 0o700): string {
  const made = path.join(mkdtempSync(path.join(root, 't-')), name);
  mkdirSync(made);
  chmodSync(made, mode);
  return made;
}

function file(place: string, text = 'secret', mode = 0o600): string {
  writeFileSync(place, text);
  chmodSync(place, mode);
  return place;
}

function linked(place: string, target: string): string {
  symlinkSync(target, place);
  return place;
}

/** A folder in which `mode` is between `root` and the file. */
function below(mode: number, inner = 'b/c'): { outer: string; secret: string } {
  const outer = folder();
  mkdirSync(path.join(outer, inner), { recursive: true });
  const secret = file(path.join(outer, inner, 'secret'));
  chmodSync(outer, mode);
  return { outer, secret };
}

describe('a private file is read', () => {
  it.each<[string, () => string]>([
    ['where only its owner can write', () => file(path.join(folder(), 's'))],
    ['of mode 400', () => file(path.join(folder(), 's'), 'secret', 0o400)],
    ['below a folder that others may enter', () => below(0o755).secret],
    ['below a sticky folder', () => below(0o1777).secret],
    ['below a folder that the own group may write to', () => below(0o770).secret],
    [
      'through a link to a file of its owner alone',
      () => linked(path.join(folder(), 'l'), file(path.join(folder(), 's'))),
    ],
    [
      'through a relative link and a linked folder',
      () => {
        const outer = folder();
        file(path.join(outer, 's'));
        linked(path.join(outer, 'd'), '.');
        return path.join(linked(path.join(outer, 'e'), 'd/../a/d'), 's');
      },
    ],
  ])('%s', (_name, make) => {
    expect(readPrivateFile(make())).toBe('secret');
  });
});

describe('a private file is refused', () => {
  it.each<[string, () => string, RegExp]>([
    [
      'that others can read',
      () => file(path.join(folder(), 's'), 'x', 0o604),
      /holds a secret and can be read by others \(mode 604\)$/,
    ],
    ['that is a FIFO nobody writes to', () => fifo(path.join(folder(), 'f')), /is not a regular file$/],
    [
      'that is a FIFO behind a link',
      () => linked(path.join(folder(), 'l'), fifo(path.join(folder(), 'f'))),
      /is not a regular file$/,
    ],
    ['that is a device', () => '/dev/zero', /is not a regular file$/],
    ['that is a folder', () => folder(), /cannot be read \(EISDIR\)$/],
    ['that is not there', () => path.join(folder(), 'nowhere'), /^the secret in .* cannot be read \(ENOENT\)$/],
    ['in a folder that is not there', () => path.join(folder(), 'no/where'), /cannot be read \(ENOENT\)$/],
    ['behind a link to itself', () => linked(path.join(folder(), 'l'), 'l'), /cannot be read \(ELOOP\)$/],
    ['of more than 64 KiB', () => file(path.join(folder(), 's'), 'x'.repeat(65_537)), /is larger than 65536 bytes$/],
    [
      'in a folder that anybody can write to',
      () => file(path.join(folder('a', 0o777), 's')),
      /\/s lies in a directory that anybody can write to$/,
    ],
  ])('%s', (_name, make, message) => {
    expect(() => readPrivateFile(make())).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    [0o757, 'anybody can write to', 'o-w'],
    [0o777, 'anybody can write to', 'o-w'],
  ])('below a folder of mode %i, which is named', (mode, words, mend) => {
    const { outer, secret } = below(mode);
    expect(() => readPrivateFile(secret)).toThrow(
      expect.objectContaining({
        message: `${secret} lies below ${outer}, a directory that ${words}`,
        hint: `chmod ${mend} ${outer}, or keep the secret elsewhere`,
      }),
    );
  });

  it('behind a link whose own folder, its target’s folder or a folder between is writable by others', () => {
    const target = file(path.join(folder(), 's'));
    const open = folder('open', 0o777);
    const inOpen = linked(path.join(open, 'l'), target);
    const overOpen = linked(path.join(folder(), 'l'), inOpen);
    const openTarget = linked(path.join(folder(), 'l'), file(path.join(folder('open', 0o777), 's')));
    const throughFolder = path.join(linked(path.join(folder(), 'l'), below(0o777).outer), 'b/c/secret');
    for (const secret of [inOpen, overOpen, openTarget, throughFolder])
      expect(() => readPrivateFile(secret)).toThrow(/a directory that anybody can write to$/);
  });

  it('by whom it is read: another group may not write on the way, and another user own nothing of it', () => {
    const { outer, secret } = below(0o770);
    const { uid, gid } = statSync(outer);
    const flaw = (reader: { uid: number; gid: number }) => resolvePath(secret, { reader }).flaw;
    expect(flaw({ uid, gid })).toBeNull();
    expect(flaw({ uid, gid: gid + 1 })).toEqual({ place: outer, why: 'group', uid });
    expect(resolvePath(secret, { reader: { uid, gid: gid + 1 }, isGroupTrusted: true }).flaw).toBeNull();
    if (!isRoot) return;
    chownSync(path.dirname(secret), STRANGER, gid);
    expect(flaw({ uid: STRANGER + 1, gid })).toEqual({ place: path.dirname(secret), why: 'owner', uid: STRANGER });
    expect(flaw({ uid: STRANGER, gid })).toBeNull();
    expect(() => readPrivateFile(secret, { reader: { uid: STRANGER + 1, gid } })).toThrow(
      `lies in a directory of another user (uid ${STRANGER})`,
    );
    chownSync(path.dirname(secret), 0, gid);
    chownSync(secret, STRANGER, gid);
    expect(() => readPrivateFile(secret, { reader: { uid: STRANGER + 1, gid } })).toThrow(
      `holds a secret and belongs to another user (uid ${STRANGER})`,
    );
  });

  const asRoot = isRoot ? it : it.skip;
  asRoot('behind what someone else made in a sticky folder (root gives it away)', () => {
    const sticky = folder('sticky', 0o1777);
    const target = file(path.join(folder(), 's'));
    const link = linked(path.join(sticky, 'l'), target);
    expect(readPrivateFile(link)).toBe('secret');
    execFileSync('chown', ['-h', String(STRANGER), link]);
    expect(() => readPrivateFile(link)).toThrow(`${link} leads over ${link}, a link of another user (uid ${STRANGER})`);
    mkdirSync(path.join(sticky, 'theirs'));
    const theirs = file(path.join(sticky, 'theirs', 's'));
    chownSync(path.dirname(theirs), STRANGER, 0);
    expect(() => readPrivateFile(theirs)).toThrow(`a directory of another user (uid ${STRANGER})`);
  });

  it('as what it holds, with a limit of its own', () => {
    const place = file(path.join(folder(), 'k'), 'x'.repeat(11), 0o644);
    expect(() => readPrivateFile(place, { what: 'key' })).toThrow('holds a key and can be read by others');
    chmodSync(place, 0o600);
    expect(() => readPrivateFile(place, { what: 'key', maxBytes: 10 })).toThrow('is larger than 10 bytes');
    expect(readPrivateFile(place, { what: 'key', maxBytes: 11 })).toBe('x'.repeat(11));
  });
});

describe('a private file is written', () => {
  it('with mode 600, in folders of mode 700, whatever the umask', () => {
    const outer = folder();
    const place = path.join(outer, 'x/y/secret');
    const umask = process.umask(0);
    try {
      writePrivateFile(place, 'one');
    } finally {
      process.umask(umask);
    }
    expect([place, path.dirname(place), path.join(outer, 'x')].map((one) => statSync(one).mode & 0o777)).toEqual([
      0o600, 0o700, 0o700,
    ]);
    writePrivateFile(place, Buffer.from('two'));
    expect(readPrivateFile(place)).toBe('two');
    expect(readdirSync(path.dirname(place))).toEqual(['secret']);
  });

  it('in place of a link, of a file with wide open rights, or of a name that another file has too', () => {
    const outer = folder();
    const victim = file(path.join(folder(), 'victim'), 'untouched', 0o644);
    const link = linked(path.join(outer, 'link'), victim);
    const dangling = linked(path.join(outer, 'dangling'), path.join(outer, 'nowhere'));
    const open = file(path.join(outer, 'open'), 'old', 0o666);
    const hard = path.join(outer, 'hard');
    linkSync(victim, hard);
    for (const place of [link, dangling, open, hard]) {
      writePrivateFile(place, 'new');
      expect([lstatSync(place).isFile(), lstatSync(place).mode & 0o777, readPrivateFile(place)]).toEqual([
        true,
        0o600,
        'new',
      ]);
    }
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(existsSync(path.join(outer, 'nowhere'))).toBe(false);
  });

  it('through a linked folder, to where it leads', () => {
    const target = folder();
    writePrivateFile(path.join(linked(path.join(folder(), 'l'), target), 'new/s'), 'x');
    expect(readFileSync(path.join(target, 'new/s'), 'utf8')).toBe('x');
  });

  it.each<[string, (outer: string) => string, RegExp]>([
    [
      'in a folder that anybody can write to',
      () => path.join(folder('open', 0o777), 's'),
      /lies in a directory that anybody/,
    ],
    [
      'in a new folder below one',
      () => path.join(folder('open', 0o777), 'new/s'),
      /a directory that anybody can write to$/,
    ],
    [
      'over a folder',
      (outer) => path.dirname(outer),
      /^the key cannot be written to .* \((?:EISDIR|ENOTEMPTY|EEXIST)\)$/,
    ],
    [
      'below a file',
      (outer) => path.join(file(path.join(outer, 'f')), 's'),
      /^the key cannot be written to .* \(ENOTDIR\)$/,
    ],
  ])('never %s, and nothing is left', (_name, place, message) => {
    const outer = folder();
    const target = place(outer);
    expect(() => writePrivateFile(target, 'x', { what: 'key' })).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringMatching(message) }),
    );
    const beside = path.dirname(target);
    const left = statSync(beside, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(beside) : [];
    expect(left.filter((name) => name.includes('.tmp') || name === 'new')).toEqual([]);
  });

  it('whole, whatever it holds and whoever was there before', () => {
    const place = path.join(folder(), 's');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        replaceFile(place, bytes);
        expect(readFileSync(place).equals(Buffer.from(bytes))).toBe(true);
        expect(readdirSync(path.dirname(place))).toEqual(['s']);
      }),
      { numRuns: 30 },
    );
  });
});

function fifo(place: string): string {
  execFileSync('mkfifo', ['-m', '600', place]);
  return place;
}
