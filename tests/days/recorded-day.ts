import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReplayAnswers } from '../helpers/replay-server.ts';

/** What was done to the cluster, as truth.json of a recorded day tells it. */
export interface Operation {
  at: number;
  /** `admin@pve`, `root@pam!full`; absent where no API call was made: a node was switched off. */
  by?: string;
  method?: string;
  path?: string;
  params?: Readonly<Record<string, string>> | null;
  status?: number;
  upid?: string | null;
  exit?: string | null;
  note?: string;
}

export interface DayStep {
  step: number;
  title: string;
  capturedAs: string;
  /** Epoch seconds of the server. */
  captureEnded: number;
  ops: readonly Operation[];
  answers: ReplayAnswers;
}

export interface RecordedDay {
  name: string;
  steps: readonly DayStep[];
}

interface Truth {
  step: number;
  title: string;
  file: string;
  capturedAs: string;
  ops: Operation[];
}

interface Recording {
  captureEnded: number;
  answers: Record<string, { status: number; reason: string; body: object | string | null }>;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function readStep(folder: string, { step, title, file, capturedAs, ops }: Truth): DayStep {
  const { captureEnded, answers } = readJson<Recording>(path.join(folder, file));
  const replayed = Object.entries(answers).map(
    ([request, { status, reason, body }]) => [request, { status, reason, body: body ?? '' }] as const,
  );
  return { step, title, capturedAs, captureEnded, ops, answers: Object.fromEntries(replayed) };
}

/** Every day in the folder of PVE_DAYS_DIR whose steps hold all answers; none when that is not set. */
export function readDays(root: string | undefined): RecordedDay[] {
  if (root === undefined || root === '') return [];
  const names = readdirSync(root).filter((name) => existsSync(path.join(root, name, 'truth.json')));
  const days = names
    .toSorted()
    .map((name) => ({ name, truths: readJson<Truth[]>(path.join(root, name, 'truth.json')) }));
  return days
    .filter(({ truths }) => truths.every(({ file }) => typeof file === 'string'))
    .map(({ name, truths }) => ({ name, steps: truths.map((truth) => readStep(path.join(root, name), truth)) }));
}

/** Whether an operation was accepted and its task, if it had one, ended well. */
export function hasWorked({ status, exit }: Operation): boolean {
  const isAccepted = status === undefined || status < 400;
  return isAccepted && (exit == null || exit === 'OK' || exit.startsWith('WARNINGS'));
}
