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
  /** A command of root's shell in place of a call. */
  cli?: string;
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
  /** Whether the expected history can be reckoned line by line from the truth; of others every actor is judged. */
  isPlain: boolean;
  steps: readonly DayStep[];
}

interface Truth {
  step: number;
  title: string;
  ops: Operation[];
}

/** Whole, or what differs from the step before: `absent` was no longer asked. */
interface Recording {
  capturedAs: string;
  captureStarted: number;
  captureEnded?: number;
  answers: Record<string, { status: number; reason: string; body: object | string | null }>;
  absent?: readonly string[];
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

function toReplay({ answers }: Recording): ReplayAnswers {
  const replayed = Object.entries(answers).map(
    ([request, { status, reason, body }]) => [request, { status, reason, body: body ?? '' }] as const,
  );
  return Object.fromEntries(replayed);
}

/** The file of a step: `step-07.json`, `step-007.json`; null where nothing was recorded. */
function fileOf(folder: string, step: number): string | null {
  const names = [2, 3].map((digits) => path.join(folder, `step-${String(step).padStart(digits, '0')}.json`));
  return names.find((name) => existsSync(name)) ?? null;
}

/** A day whose steps hold differences only says so by having no end of the capture. */
function readSteps(folder: string): DayStep[] {
  const steps: DayStep[] = [];
  let waiting: Operation[] = [];
  let current: ReplayAnswers = {};
  for (const { step, title, ops } of readJson<Truth[]>(path.join(folder, 'truth.json'))) {
    const file = fileOf(folder, step);
    waiting.push(...ops);
    if (file === null) continue;
    const recording = readJson<Recording>(file);
    const { capturedAs, captureStarted, captureEnded, absent = [] } = recording;
    const before = captureEnded === undefined ? current : {};
    const kept = Object.entries(before).filter(([request]) => !absent.includes(request));
    current = { ...Object.fromEntries(kept), ...toReplay(recording) };
    steps.push({
      step,
      title,
      capturedAs,
      captureEnded: captureEnded ?? captureStarted,
      ops: waiting,
      answers: current,
    });
    waiting = [];
  }
  return steps;
}

/** Every day in the folder of PVE_DAYS_DIR whose steps hold all answers; none when that is not set. */
export function readDays(root: string | undefined): RecordedDay[] {
  if (root === undefined || root === '') return [];
  const names = readdirSync(root).filter((name) => existsSync(path.join(root, name, 'truth.json')));
  return names.toSorted().map((name) => {
    const folder = path.join(root, name);
    const steps = readSteps(folder);
    return { name, isPlain: steps.every(({ ops }) => ops.every(({ cli }) => cli === undefined)), steps };
  });
}

/** Whether an operation was accepted and its task, if it had one, ended well. */
export function hasWorked({ status, upid, exit }: Operation): boolean {
  const isAccepted = status === undefined || status < 400;
  const isTask = upid != null;
  return isAccepted && (isTask ? exit === 'OK' || exit?.startsWith('WARNINGS') === true : true);
}
