import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { tempDir } from '../helpers/temp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = tempDir();

interface Package {
  name?: string;
  version?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
type Lock = Record<string, Package>;

const manifest = read<Package>('package.json');
const lock = read<{ packages: Lock }>('package-lock.json').packages;
/** What is asked for by name, exactly. */
const PINS = { ...manifest.dependencies, ...manifest.optionalDependencies };
/** What better-sqlite3 12 asks for, which Node 20 gets; the lock has 13. */
const FOR_NODE_20 = ['bindings', 'prebuild-install'];

function read<T>(file: string): T {
  return JSON.parse(readFileSync(path.resolve(root, file), 'utf8')) as T;
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Where Node finds a package from a place in the tree. */
function resolve(from: string, name: string): string | null {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (lock[place]) return place;
    if (at === '') return null;
  }
}

/** Everything that is installed with the program, with what asks for it. */
function runtimeEdges(): { from: string; name: string; spec: string }[] {
  const seen = new Set<string>();
  const edges: { from: string; name: string; spec: string }[] = [];
  const visit = (place: string): void => {
    if (seen.has(place)) return;
    seen.add(place);
    const { dependencies, optionalDependencies } = lock[place] ?? {};
    for (const [name, spec] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      edges.push({ from: place, name, spec });
      const target = resolve(place, name);
      if (target !== null) visit(target);
    }
  };
  visit('');
  return [...edges, ...FOR_NODE_20.map((name) => ({ from: 'node_modules/better-sqlite3', name, spec: '' }))];
}

/** One version, or several that are each one. */
function isExact(spec: string): boolean {
  return spec.split(' || ').every((one) => /^(?:npm:(?:@[^/]+\/)?[^@]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(one));
}

const run = (command: string, args: string[], cwd: string) => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return promisify(execFile)(command, args, { cwd, env });
};

describe('the packages of the program', () => {
  it('are asked for by exact versions, or pinned in package.json where another package asks for a range', () => {
    const edges = runtimeEdges();
    expect(edges.length).toBeGreaterThan(30);
    const floating = edges.filter(({ name, spec }) => !isExact(spec) && !isExact(PINS[name] ?? ''));
    const missing = floating.map(({ from, name, spec }) => {
      const place = resolve(from, name);
      return `${nameOf(from)} asks for ${name} ${spec}: pin "${name}": "${place === null ? '' : lock[place]?.version}"`;
    });
    expect(missing).toEqual([]);
  });

  it('are pinned to what the lock has, and to nothing that is not needed', () => {
    const edges = runtimeEdges();
    for (const [name, spec] of Object.entries(PINS)) {
      const version = spec.replace(/^npm:.*@/, '');
      expect([name, version.split(' || ')]).toEqual([
        name,
        expect.arrayContaining([lock[`node_modules/${name}`]?.version]),
      ]);
      // The driver may be loaded by its path, which the bundler does not see.
      const isOwn = readExternals().includes(name) || name.startsWith('better-sqlite3');
      const isAsked = edges.some((edge) => edge.name === name && edge.from !== '');
      expect([name, isOwn || isAsked]).toEqual([name, true]);
    }
  });

  it('are those of the SQLite driver of this Node as well', () => {
    const { version = '', dependencies = {} } = read<Package>('node_modules/better-sqlite3/package.json');
    const asked = version.startsWith('12.')
      ? FOR_NODE_20
      : Object.keys(lock['node_modules/better-sqlite3']?.dependencies ?? {});
    expect(Object.keys(dependencies).toSorted()).toEqual(asked.toSorted());
  });

  it('run nothing when they are installed, but for the driver, which may have to be compiled', () => {
    const places = new Set(runtimeEdges().map(({ from, name }) => resolve(from, name)));
    const running = Object.entries(lock).filter(([place, one]) => places.has(place) && one.hasInstallScript);
    expect(running.map(([place]) => nameOf(place)).filter((name) => !name.startsWith('better-sqlite3'))).toEqual([]);
  });

  it('are all that the program loads from outside its own files', () => {
    // pg asks for the last one and does without it.
    for (const name of readExternals()) expect([...Object.keys(PINS), 'pg-native']).toContain(name);
  });

  it('that were put together into its files are those of the lock', () => {
    const parts = Object.values(read<Record<string, string[]>>('dist/parts.json')).flat();
    const places = new Set(parts.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
    expect(places.size).toBeGreaterThan(40);
    const notices = readFileSync(path.join(root, 'dist/bin/THIRD-PARTY.txt'), 'utf8');
    for (const place of places) {
      const { name, version } = read<Package>(`${place}/package.json`);
      expect([place, version]).toEqual([place, lock[place]?.version]);
      expect(lock[place]?.integrity).toMatch(/^sha512-/);
      expect(notices).toContain(`${name} ${version} (`);
    }
  });

  it('that npm would install with the packed archive have the versions of the lock', async () => {
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], root);
    const archive = readdirSync(dir).find((name) => name.endsWith('.tgz')) ?? '';
    const empty = path.join(dir, 'empty');
    mkdirSync(empty);
    writeFileSync(path.join(empty, 'package.json'), '{"private":true}');
    const install = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', [...install, path.join(dir, archive)], empty);
    const { packages } = JSON.parse(readFileSync(path.join(empty, 'package-lock.json'), 'utf8')) as { packages: Lock };
    const installed = Object.entries(packages).filter(([place]) => place !== '' && nameOf(place) !== 'rollcall');
    expect(installed.length).toBeGreaterThan(10);
    const known = new Set(Object.entries(lock).map(([place, { version }]) => `${nameOf(place)} ${version}`));
    for (const spec of PINS['better-sqlite3']?.split(' || ') ?? []) known.add(`better-sqlite3 ${spec}`);
    const others = installed.map(([place, { version }]) => `${nameOf(place)} ${version}`);
    expect(others.filter((one) => !known.has(one))).toEqual([]);
  }, 300_000);
});

function readExternals(): string[] {
  return read<string[]>('dist/externals.json');
}
