import type { AuditRecord } from '../../../types/audit-record.ts';

const NOISE = [
  // Every task writes two such lines, and the task itself is stored. Source: pve-common src/PVE/RESTEnvironment.pm
  // fork_worker.
  /^starting task UPID:/,
  /^end task UPID:/,
  // One line for each login, several a minute where something polls. Source: pve-access-control src/PVE/AccessControl.pm.
  /^successful auth for user /,
];

/** Not a line of the cluster log that repeats a task, nor one that tells a successful login. */
export function isWorthStoring({ source, text }: AuditRecord): boolean {
  return source !== 'log' || !NOISE.some((pattern) => pattern.test(text ?? ''));
}
