import * as z from 'zod';
import { splitAuthId } from '../../types/auth-id.ts';
import type { PveTask, PveTaskLogLine, PveTaskStatus } from '../pve-types.ts';
import { parseUpid } from '../upid.ts';
import { isRecord, name, number, text, toNumber, toText } from './primitives.ts';
import { unreadable } from './rows.ts';

const fields = {
  upid: name,
  node: name,
  pid: number,
  pstart: number,
  starttime: number,
  type: name,
  id: text,
  user: name,
  tokenid: name,
};

type Fields = z.output<z.ZodObject<typeof fields>>;

interface Identified {
  upid: string;
  node: string;
  pid: number | undefined;
  pstart: number | undefined;
  starttime: number;
  type: string;
  id: string;
  user: string;
  tokenid: string | undefined;
}

/** What the row does not say, its UPID does. null for a row that cannot be told from others. */
function identify(row: Fields): Identified | null {
  if (row.upid === undefined) return null;
  const upid = parseUpid(row.upid);
  const node = row.node ?? upid?.node;
  const type = row.type ?? upid?.type;
  const starttime = row.starttime ?? (upid ? upid.startedAt.getTime() / 1000 : undefined);
  if (node === undefined || type === undefined || starttime === undefined) return null;
  // A running task has `root@pam!full` as its user, a finished one has the token apart (seen on 8.4.21).
  const told = splitAuthId(row.user ?? upid?.user ?? '');
  const tokenid =
    row.tokenid ?? told.token ?? (row.user === undefined || told.user === upid?.user ? upid?.token : null);
  return {
    upid: row.upid,
    node,
    type,
    starttime,
    pid: row.pid ?? upid?.pid,
    pstart: row.pstart,
    id: row.id ?? upid?.id ?? '',
    user: told.user,
    tokenid: tokenid ?? undefined,
  };
}

/** Of /nodes/{node}/tasks, where a running task has the status RUNNING, and of /cluster/tasks, where it has none. */
export const task = z.object({ ...fields, endtime: number, status: text }).transform((row, context): PveTask => {
  const identified = identify(row);
  if (identified === null) return unreadable(context, 'upid');
  const status = row.status === 'RUNNING' ? undefined : row.status;
  const isRunning = row.status === 'RUNNING' || (row.endtime === undefined && (status ?? '') === '');
  return { ...identified, endtime: row.endtime, status, isRunning };
});

/** `/tasks/{upid}/status` says running or stopped, and how it ended in `exitstatus`. */
export function taskStatus(asked: string): z.ZodType<PveTaskStatus> {
  return z.object({ ...fields, status: text, exitstatus: text }).transform((row, context) => {
    const identified = identify({ ...row, upid: row.upid ?? asked });
    if (identified === null) return unreadable(context, 'upid');
    const isStopped = row.status === 'stopped' || row.exitstatus !== undefined;
    return {
      ...identified,
      status: isStopped ? ('stopped' as const) : ('running' as const),
      exitstatus: row.exitstatus,
    };
  });
}

/** A list of lines; for an unknown task one line that is no list (8.4; a list on 9.2). */
export const taskLog: z.ZodType<PveTaskLogLine[]> = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform((line) => [line])])
  .transform((lines) =>
    lines.map((line, index) => {
      const row = isRecord(line) ? line : { t: line };
      return { n: toNumber(row['n']) ?? index + 1, t: toText(row['t']) ?? '' };
    }),
  );
