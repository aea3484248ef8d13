import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';
import type { ReplayAnswer, ReplayAnswers } from '../helpers/replay-server.ts';

export type Row = Readonly<Record<string, unknown>>;

interface Recording {
  request: { method: string; path: string; auth: string };
  response: {
    status: number;
    reason: string;
    headers: readonly (readonly [name: string, value: string])[];
    body: string;
    json?: { data: unknown };
  };
}

const FOLDER = process.env['PVE_RECORDINGS_DIR'] ?? '';

/** A suite over recorded answers; skipped by name where they are not. */
export function describeRecordings(name: string, suite: () => void): void {
  if (FOLDER === '') describe.skip(`${name} (PVE_RECORDINGS_DIR is not set)`, suite);
  else describe(name, suite);
}

function read(name: string): Recording {
  return JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), 'utf8')) as Recording;
}

/** Every recorded answer to a read: its file, the path that was asked for without query, and the answer to the byte. */
export function allRecordings(): { file: string; target: string; status: number; reason: string; body: string }[] {
  return ['standalone', 'cluster', 'pve9'].flatMap((set) =>
    readdirSync(path.join(FOLDER, set)).flatMap((name) => {
      const { request, response } = read(path.join(set, path.basename(name, '.json'))) as Partial<Recording>;
      const [, target] = /^\/api2\/json(\/[^?]*)/.exec(request?.path ?? '') ?? [];
      if (request?.method !== 'GET' || target === undefined || response === undefined) return [];
      const { status, reason, body } = response;
      return [{ file: `${set}/${name}`, target: decodeURIComponent(target), status, reason, body }];
    }),
  );
}

/** One recorded answer to the byte, by its file: `standalone/cluster_resources`. */
export function answerOf(name: string): ReplayAnswer {
  const { status, reason, headers, body } = read(name).response;
  return { status, reason, headers, body };
}

/** `data` of a recorded answer. */
export function dataOf<T = readonly Row[]>(name: string): T {
  return read(name).response.json?.data as T;
}

/** The recorded answers, each under the request it answered. */
export function answersOf(names: readonly string[]): ReplayAnswers {
  return Object.fromEntries(names.map((name) => [keyOf(name), answerOf(name)]));
}

function keyOf(name: string): string {
  const { method, path: asked } = read(name).request;
  return `${method} ${asked.replace('/api2/json', '')}`;
}

/** An answer made of parts of recorded ones. */
export function madeOf(data: unknown): ReplayAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json;charset=UTF-8' }, body: { data } };
}

/** A field as text; '' when it is not there. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}
