import type { LogEntry } from '../../../types/task.ts';

const NOISE = [
  // Every task writes two such lines, and the task itself is stored. Source: pve-common src/PVE/RESTEnvironment.pm
  // fork_worker.
  /^starting task UPID:/,
  /^end task UPID:/,
  // One line for each login, several a minute where something polls. Source: pve-access-control src/PVE/AccessControl.pm.
  /^successful auth for user /,
];

/** Whether a line of the cluster log is stored: not if it repeats a task, and not if it is a successful login. */
export function isWorthStoring(entry: Pick<LogEntry, 'message'>): boolean {
  return !NOISE.some((pattern) => pattern.test(entry.message));
}
