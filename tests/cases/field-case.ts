import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import { packedInstallation } from '../packaging/installation.ts';

/** Situations that administrators reported in public, as small invented inputs; see its README. */
const FOLDER = process.env['ROLLCALL_CASES_DIR'] ?? '';

/** What a server answers: `world` of an input. */
export type FieldWorld = Readonly<Record<string, unknown>>;

interface Input {
  world: FieldWorld;
  then?: readonly FieldWorld[];
  options?: { prefix?: string; env?: Record<string, string> };
  once?: boolean;
}

/** One command that was run. */
export interface CaseRun {
  status: number | null;
  stdout: string;
  stderr: string;
  readonly rows: readonly Record<string, unknown>[];
}

export interface FieldCase {
  /** The runs of `discover-all`: two of the first world, unless it says `once`, and one of each that comes after. */
  discovered: readonly CaseRun[];
  server: { url: string; fingerprint: string; requests: readonly string[] };
  env: Record<string, string | undefined>;
  set(world: FieldWorld): void;
  run(args: string | readonly string[], env?: Record<string, string | undefined>): Promise<CaseRun>;
}

export interface OpenOptions {
  host?: string;
  port?: number;
  prefix?: string;
  key?: string;
  cert?: string;
  /** null takes a variable away. */
  env?: Record<string, string | null>;
}

interface Station {
  open(world: FieldWorld, options?: OpenOptions): Promise<OpenStation>;
  serve(world: FieldWorld, options?: OpenOptions): Promise<StationServer>;
}

export interface StationServer {
  url: string;
  fingerprint: string;
  close(): Promise<void>;
}

interface OpenStation extends Omit<FieldCase, 'discovered' | 'run'> {
  run(args: string | readonly string[], env?: object): Promise<{ status: number | null; out: string; err: string }>;
  close(): Promise<void>;
}

/** A suite over the cases; skipped by name where they are not. */
export function describeCases(name: string, suite: () => void): void {
  const whole = (): void => {
    // The first test file that needs the archive installs it, which takes long on a busy machine.
    beforeAll(loadStation, 600_000);
    suite();
  };
  if (FOLDER === '') describe.skip(`${name} (ROLLCALL_CASES_DIR is not set)`, whole);
  else describe(name, whole);
}

/** The folders that are there; empty where the variable is not set. */
export function caseNames(): string[] {
  if (FOLDER === '') return [];
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => name !== 'tool');
}

function readCase(name: string): Input {
  return JSON.parse(readFileSync(path.join(FOLDER, name, 'input.json'), 'utf8')) as Input;
}

/** Whatever a case is about: its history verifies after each test. */
const opened: OpenStation[] = [];
afterEach(async () => {
  for (const station of opened.splice(0)) {
    const { status, err } = await station.run('verify');
    expect({ status, err }).toEqual({ status: 0, err: '' });
  }
});

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs the installed archive against the server of a case, as the runner beside the cases does. */
export async function runCase(name: string): Promise<FieldCase> {
  const { world, options = {}, once = false, then = [] } = readCase(name);
  const opened = await openCase(world, options);
  const discovered = [await opened.run('discover-all')];
  if (!once) discovered.push(await opened.run('discover-all'));
  for (const next of then) {
    opened.set({ ...world, ...next });
    discovered.push(await opened.run('discover-all'));
  }
  return { ...opened, discovered };
}

/** A server with this world, and an empty database; closed after the test file. */
export async function openCase(world: FieldWorld, options: OpenOptions = {}): Promise<Omit<FieldCase, 'discovered'>> {
  const station = await (await loadStation()).open(world, options);
  closers.push(() => station.close());
  opened.push(station);
  return {
    server: station.server,
    env: station.env,
    set: station.set,
    run: async (args, env = {}) => toRun(await station.run(args, env)),
  };
}

/** A server alone; closed by whoever opens it, or after the test file. */
export async function serveCase(world: FieldWorld, options: OpenOptions = {}): Promise<StationServer> {
  const server = await (await loadStation()).serve(world, options);
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await server.close();
    isClosed = true;
  };
  closers.push(close);
  return { ...server, close };
}

function toRun({ status, out: stdout, err: stderr }: { status: number | null; out: string; err: string }): CaseRun {
  expect(stderr).not.toContain('this is a bug');
  const ran = { status, stdout, stderr };
  return Object.defineProperty(ran, 'rows', { get: () => JSON.parse(stdout) as unknown }) as CaseRun;
}

let loading: Promise<Station> | undefined;

function loadStation(): Promise<Station> {
  loading ??= load();
  return loading;
}

/** It reads ROLLCALL once. Loaded for the first time it makes its certificates, which one test file has to do. */
async function load(): Promise<Station> {
  process.env['ROLLCALL'] = (await packedInstallation()).main;
  const lock = path.join(process.env['ROLLCALL_TEST_RUN'] ?? '', 'case-certificates');
  const [mine, made] = [tryToMake(lock), path.join(lock, 'made')];
  while (!mine && !existsSync(made)) await sleep(50);
  try {
    return (await import(pathToFileURL(path.join(FOLDER, 'tool/station.mjs')).href)) as Station;
  } finally {
    if (mine) writeFileSync(made, '');
  }
}

function tryToMake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
