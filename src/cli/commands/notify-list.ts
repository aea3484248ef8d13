import { Command, Option } from 'commander';
import { parseSettings } from '../../services/notify/notifier-settings.ts';
import { type DeliveryRow, MESSAGE_STATES, type NotifierSettings, type StoredNotifier } from '../../types/notify.ts';
import type { CliContext } from '../context.ts';
import { findNotifier } from '../notify/find-notifier.ts';
import { filterText, quietText, settingPairs, targetText } from '../notify/notifier-words.ts';
import { limitOption } from '../options.ts';
import type { Column } from '../output/column.ts';
import { formatAge, formatLocal } from '../output/format.ts';

type NotifierRow = Omit<StoredNotifier, 'settings' | 'seal' | 'rev' | 'runsAt' | 'leaseHolder'> & {
  state: 'active' | 'paused' | 'failing';
  pending: number;
  settings: NotifierSettings;
};

const COLUMNS: readonly Column<NotifierRow>[] = [
  { key: 'name', raw: ({ name }) => name },
  { key: 'channel', raw: ({ settings }) => settings.channel.kind },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => (state === 'active' ? 'plain' : 'warn') },
  { key: 'target', raw: ({ settings }) => targetText(settings.channel), spare: 1 },
  { key: 'events', raw: ({ settings }) => filterText(settings), spare: 2 },
  { key: 'quietHours', header: 'QUIET HOURS', raw: ({ settings }) => quietText(settings.quiet), detail: 'wide' },
  { key: 'pending', raw: ({ pending }) => pending, align: 'right' },
  {
    key: 'retryAt',
    header: 'RETRY',
    raw: ({ retryAt }) => retryAt,
    text: ({ retryAt }) => (retryAt === null ? '' : formatLocal(retryAt)),
    detail: (rows) => rows.some(({ retryAt }) => retryAt !== null),
  },
  { key: 'error', raw: ({ error }) => error, detail: (rows) => rows.some(({ error }) => error !== null) },
];

const LOG_COLUMNS: readonly Column<DeliveryRow>[] = [
  {
    key: 'createdAt',
    header: 'WHEN',
    raw: ({ createdAt }) => createdAt,
    text: ({ createdAt }) => formatLocal(createdAt),
    isSolid: true,
  },
  { key: 'notifier', raw: ({ notifier }) => notifier },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => (state === 'failed' ? 'bad' : 'plain') },
  { key: 'attempts', raw: ({ attempts }) => attempts, align: 'right' },
  { key: 'title', header: 'MESSAGE', raw: ({ title }) => title },
  { key: 'error', raw: ({ error }) => error, detail: (rows) => rows.some(({ error }) => error !== null) },
  {
    key: 'deliveredAt',
    header: 'DELIVERED',
    raw: ({ deliveredAt }) => deliveredAt,
    text: ({ deliveredAt }, { now }) => formatAge(deliveredAt, now),
    detail: 'wide',
  },
  { key: 'notBefore', header: 'NOT BEFORE', raw: ({ notBefore }) => notBefore, detail: 'wide' },
  { key: 'id', raw: ({ id }) => id, detail: 'wide' },
];

export function listNotifiersCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the notifiers')
    .addHelpText('after', '\nExamples:\n  $ rollcall notify list\n  $ rollcall notify list -o json')
    .action(async () => {
      const repository = await context.app.notifiers();
      const pending = await repository.countPending();
      const rows = (await repository.list()).map((one) => toRow(one, pending.get(one.id) ?? 0));
      await context.output.print(rows, {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ name }) => name,
        empty: 'there is no notifier: rollcall notify add --help',
      });
    });
}

export function showNotifierCommand(context: CliContext): Command {
  return new Command('show')
    .description('show one notifier')
    .argument('<name>')
    .addHelpText('after', '\nSecrets are shown as references.\n\nExamples:\n  $ rollcall notify show ops')
    .action(async (name: string) => {
      const stored = await findNotifier(context, name);
      const pending = await (await context.app.notifiers()).countPending();
      const row = toRow(stored, pending.get(stored.id) ?? 0);
      await context.output.print(row, {
        columns: COLUMNS,
        rows: (value) => [value],
        ref: (value) => value.name,
        layout: (value, draw) => [draw.plain(pairsOf(value))],
      });
    });
}

export function notifierLogCommand(context: CliContext): Command {
  return new Command('log')
    .description('show what was delivered, what waits and what failed, newest first')
    .argument('[name]', 'of this notifier only')
    .addOption(new Option('--state <state>', 'only messages in this state').choices(MESSAGE_STATES))
    .addOption(limitOption(50))
    .addHelpText(
      'after',
      `
Messages are kept for 90 days; those that wait, as long as they wait.

Examples:
  $ rollcall notify log
  $ rollcall notify log ops --state failed -o json`,
    )
    .action(async (name: string | undefined, { state, limit }: { state?: string; limit: number }) => {
      const notifier = name === undefined ? undefined : await findNotifier(context, name);
      const rows = await (await context.app.notifiers()).log({
        take: limit,
        ...(notifier && { notifierId: notifier.id }),
        ...(state !== undefined && { state }),
      });
      await context.output.print(rows, {
        columns: LOG_COLUMNS,
        rows: (value) => value,
        ref: ({ id }) => id,
        empty: 'no message has been made yet',
      });
    });
}

function toRow(stored: StoredNotifier, pending: number): NotifierRow {
  const { settings: _settings, seal: _seal, rev: _rev, runsAt: _runs, leaseHolder: _lease, ...row } = stored;
  const state = row.pausedAt !== null ? 'paused' : row.failures > 0 ? 'failing' : 'active';
  return { ...row, state, pending, settings: parseSettings(stored) };
}

function pairsOf({ name, state, settings, pending, retryAt, error, createdAt }: NotifierRow) {
  return [
    { key: 'name', value: name },
    { key: 'state', value: state },
    ...settingPairs(settings),
    { key: 'pending', value: String(pending) },
    ...(retryAt === null ? [] : [{ key: 'tried again', value: formatLocal(retryAt) }]),
    ...(error === null ? [] : [{ key: 'error', value: error }]),
    { key: 'added', value: formatLocal(createdAt) },
  ];
}
