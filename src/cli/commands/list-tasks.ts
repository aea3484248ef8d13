import { Command, Option } from 'commander';
import type { Outcome } from '../../types/audit-record.ts';
import type { TaskRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import {
  collect,
  limitOption,
  nodeFilter,
  offering,
  selectorArgument,
  sinceOption,
  typeFilter,
  untilOption,
  watched,
} from '../options.ts';
import { type Column, keysOf, type Tone } from '../output/column.ts';
import { formatDuration, formatLocal, formatLocalIso } from '../output/format.ts';
import type { View } from '../output/output.ts';
import { PROVIDER_COLUMN } from '../resources/columns.ts';
import { guestNames, guestsOf, type NameFilter, NODE_WORDS, noteUnknownNames } from '../resources/name-filters.ts';
import { dataAge } from '../resources/presence.ts';

interface ListTasksOptions {
  node?: string[];
  user?: string[];
  type?: string[];
  guest?: string;
  since?: string;
  until?: string;
  failed?: true;
  running?: true;
  limit: number;
}

const TONE: Readonly<Record<Outcome, Tone>> = {
  ok: 'plain',
  running: 'good',
  warning: 'warn',
  failed: 'bad',
  unknown: 'dim',
};

function durationMs({ startedAt, endedAt }: TaskRow): number | null {
  return endedAt === null ? null : endedAt.getTime() - startedAt.getTime();
}

const COLUMNS: readonly Column<TaskRow>[] = [
  PROVIDER_COLUMN,
  {
    key: 'startedAt',
    isSolid: true,
    header: 'STARTED',
    raw: ({ startedAt }) => startedAt,
    text: ({ startedAt }, { isWide }) => (isWide ? formatLocalIso(startedAt) : formatLocal(startedAt)),
  },
  { key: 'node', raw: ({ node }) => node, spare: 2 },
  { key: 'type', raw: ({ type }) => type },
  { key: 'target', raw: ({ id }) => id, text: ({ id, guestName }) => (guestName === null ? id : `${id} ${guestName}`) },
  { key: 'user', raw: ({ user, token }) => (token === null ? user : `${user}!${token}`) },
  {
    key: 'durationMs',
    header: 'TOOK',
    raw: durationMs,
    text: (row) => {
      const ms = durationMs(row);
      return ms === null ? '' : formatDuration(ms);
    },
    align: 'right',
    spare: 3,
  },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => TONE[state] },
  {
    key: 'exitStatus',
    header: 'EXIT STATUS',
    raw: ({ exitStatus }) => exitStatus,
    detail: (rows) => rows.some(({ state }) => state === 'failed' || state === 'warning'),
  },
  { key: 'upid', raw: ({ upid }) => upid, detail: 'wide' },
];

const HELP = `
Tasks of Proxmox VE and events of vSphere are kept after the server has dropped them. \`verify\` covers one if a change refers to it
and it had ended by then.

Examples:
  $ rollcall list-tasks --since 24h --failed
  $ rollcall list-tasks --running --watch --interval 2s
  $ rollcall list-tasks --user 'alice@*' --type 'qm*'
  $ rollcall list-tasks --guest web-01 -o wide
  $ rollcall list-tasks 'tag=prod,node=pve*' --failed`;

export function listTasksCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list-tasks'), keysOf(COLUMNS)))
    .addArgument(selectorArgument())
    .addOption(nodeFilter())
    .addOption(
      new Option('--user <patterns>', 'only tasks of these users or tokens: root@pam, root@pam!backup').argParser(
        collect,
      ),
    )
    .addOption(typeFilter('only these types: qmstart, vzdump, …'))
    .option('--guest <ref>', 'only tasks of this guest: NAME, VMID or PROVIDER/VMID')
    .addOption(sinceOption())
    .addOption(untilOption())
    .option('--failed', 'only failed tasks')
    .option('--running', 'only running tasks')
    .addOption(limitOption(100))
    .addHelpText('after', HELP)
    .action(async (selectors: string[], { since, until, ...filters }: ListTasksOptions) => {
      const [from, to] = [context.time(since), context.time(until)];
      const { provider } = context.options;
      const { limit } = filters;
      const found = await (await context.app.inventory()).listTasks({
        ...filters,
        limit: limit + 1,
        ...(await guestsOf(context, selectors)),
        ...(provider && { provider }),
        ...(from && { since: from }),
        ...(to && { until: to }),
      });
      const tasks = found.slice(0, limit);
      const view: View<readonly TaskRow[], TaskRow> = {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ upid }) => upid,
        empty: 'no tasks',
        footer: async () => [
          ...(found.length > limit ? ['and more before these: raise --limit, or ask for a time with --until'] : []),
          ...(await dataAge(context)),
        ],
      };
      await context.output.print(tasks, view);
      await noteUnknownNames(context, tasks, nameFilters(context, filters));
    });
}

function nameFilters(
  context: CliContext,
  { node, type, user }: Pick<ListTasksOptions, 'node' | 'type' | 'user'>,
): NameFilter<TaskRow>[] {
  const read = async () => (await context.app.inventory()).listTasks({ limit: Number.MAX_SAFE_INTEGER });
  let rows: ReturnType<typeof read> | undefined;
  const all = () => (rows ??= read());
  const userOf = ({ user: name, token }: TaskRow) => {
    if (name === null) return [];
    return token === null ? [name] : [name, `${name}!${token}`];
  };
  return [
    {
      patterns: node,
      of: (row) => [row.node],
      known: async () => [...(await guestNames(context)()).node, ...(await all()).map((row) => row.node)],
      words: NODE_WORDS,
    },
    {
      patterns: type,
      of: (row) => [row.type],
      known: async () => (await all()).map((row) => row.type),
      words: (one) => `no recorded task has the type '${one}'`,
    },
    {
      patterns: user,
      of: userOf,
      known: async () => (await all()).flatMap(userOf),
      words: (one) => `no recorded task is by '${one}'`,
    },
  ];
}
