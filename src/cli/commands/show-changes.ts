import { Command, Option } from 'commander';
import type { HistoryService } from '../../services/history/history-service.ts';
import type { ActedStep } from '../../types/acted.ts';
import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import { AppError } from '../../types/errors.ts';
import { CHANGE_EVENTS, CHANGE_KINDS, type Change } from '../../types/history.ts';
import type { ChangeQuery } from '../../types/history-query.ts';
import { namesOf } from '../../types/path-wildcard.ts';
import { byTime, CHANGE_COLUMNS, isFirstSight, resourceRef } from '../changes/change-record.ts';
import { STORY_COLUMNS, type Story, toStories, totalOf } from '../changes/change-stories.ts';
import type { Summary } from '../changes/change-summary.ts';
import { type Details, storyBlock } from '../changes/story-lines.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { collect, offering, selectorArgument, sinceOption, untilOption, watched, wholeNumber } from '../options.ts';
import { type Column, keysOf } from '../output/column.ts';
import { formatCount } from '../output/format.ts';
import type { View } from '../output/output.ts';
import type { NameFilter } from '../resources/name-filters.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';

interface ShowChangesOptions {
  since?: string;
  until?: string;
  guest?: string;
  kind?: string[];
  by?: string[];
  path?: string[];
  limit?: number;
  follow?: true;
  flat?: true;
  patch?: true;
  summary?: Summary | true;
  graph?: true;
  exitCode?: true;
  operation?: string;
}

/** What changes are summed up by. */
const SUMMARIES = ['person', 'guest', 'day'] as const satisfies readonly Summary[];

/** Changes of a table, unless another limit is given. */
const PAGE = 100;

const HELP = `
Changes are sorted oldest first. Each action is one line, who did what to which resource, with the changed fields below it; of a
first run there are totals. Changes are one action only if one record of the server explains all of them; "likely" marks a user
who is the only explanation, but not named for this very change. If the user is unknown, the line has the two observations
between which the change happened; "explained later" marks one whose record came after the run that saw it. Long values are cut;
-p shows them whole, as a difference. --flat has one row for each action. The newest ${PAGE} changes are shown unless --limit
sets another number (0: all). -o wide, JSON and CSV have one row for each changed field; a created or removed resource is one
row, in JSON and CSV with its whole document. BY is the user and token that a task or a line of the cluster log names for this
change. "from log" marks events that no observation shows: a restart, a value that was set and set again, a guest that was
created and destroyed between two runs. Their time comes from the server's tasks and log; --kind from-log lists only these.
--operation shows what one operation changed, and who asked for it where and why. -o wide and JSON say that of every change that
an operation made: operation, operationBy, operationHost and operationReason are the last keys of JSON, null for other changes. CSV
has them with --operation.
--follow prints new changes as they are recorded, until interrupted. --summary counts all changes, and --graph draws the actions
of each day, hour by hour; neither counts what a run saw for the first time.

Examples:
  $ rollcall show-changes --since 24h
  $ rollcall show-changes tag=prod --since 7d
  $ rollcall show-changes --guest web-01 --path 'net*.bridge'
  $ rollcall show-changes --since yesterday --kind removed --by 'alice@*'
  $ rollcall show-changes --guest web-01 --since 7d -p
  $ rollcall show-changes --since 30d --summary guest
  $ rollcall show-changes --since 2w --graph
  $ rollcall show-changes --operation 7f3k
  $ rollcall show-changes --since 7d -o csv > changes.csv
  $ rollcall show-changes --since 5m --exit-code --quiet || echo something changed
  $ rollcall show-changes --since today --watch
  $ rollcall show-changes --since today --follow`;

export function showChangesCommand(context: CliContext): Command {
  return watched(context, offering(new Command('show-changes'), keysOf(CHANGE_COLUMNS)), { isLog: true })
    .addArgument(selectorArgument())
    .addOption(sinceOption())
    .addOption(untilOption())
    .option('--guest <ref>', 'only changes of this guest: NAME, VMID or PROVIDER/VMID')
    .addOption(
      offering(
        new Option(
          '--kind <kinds>',
          'created, changed, removed, first-seen, migrated, cloned, from-log, …; vm, container, node, storage',
        ).argParser(collect),
        [...CHANGE_KINDS, ...CHANGE_EVENTS, 'first-seen', 'vm', 'container', 'node', 'storage'],
      ),
    )
    .addOption(
      new Option(
        '--by <patterns>',
        'only changes by these users or tokens; unknown for changes without a known user',
      ).argParser(collect),
    )
    .addOption(
      new Option('--path <patterns>', "only changes of these fields: memory, 'net*.bridge'").argParser(collect),
    )
    .addOption(
      new Option('--limit <count>', `show only this many, the newest; ${PAGE} in a table, 0 for all`).argParser(
        wholeNumber(0),
      ),
    )
    .addOption(new Option('--flat', 'a table with one row for each action').conflicts(['patch', 'summary', 'graph']))
    .addOption(new Option('-p, --patch', 'show whole values, as a difference').conflicts(['summary', 'graph']))
    .addOption(
      new Option('--summary [by]', `count changes by ${SUMMARIES.join(', ')} (default: person)`).choices(SUMMARIES),
    )
    .addOption(new Option('--graph', 'draw the actions of each day, hour by hour').conflicts('summary'))
    .addOption(
      new Option('--operation <id>', 'only changes that this operation made: its id, or the beginning').conflicts(
        'follow',
      ),
    )
    .option('--follow', 'print new changes as they are recorded')
    .option('--exit-code', `exit with status ${EXIT.changed} if there are changes`)
    .addHelpText('after', HELP)
    .action(async (selectors: string[], options: ShowChangesOptions) => {
      if (options.follow && selectors.length > 0) {
        const hint = 'name one guest with --guest, or a provider with --provider';
        throw new AppError('usage', '--follow takes no selector: guests that match later would be missed', { hint });
      }
      const query = { ...queryOf(context, options), ...(await chosenGuests(context, selectors)) };
      if (options.follow) {
        const { until, exitCode, summary, graph } = options;
        if (until !== undefined || exitCode || summary !== undefined || graph || context.options.sort !== undefined) {
          const hint = 'leave out --until, --summary, --graph, --exit-code and --sort';
          throw new AppError('usage', '--follow does not end by itself', { hint });
        }
        const { followChanges } = await import('../changes/follow-changes.ts');
        const look = { isFlat: options.flat === true, ...(await detailsOf(options)) };
        return followChanges(context, query, { limit: options.limit ?? PAGE, ...look });
      }
      const history = await context.app.history();
      const found = await foundChanges(context, history, query, options);
      const { changes } = found;
      const records = byTime(toRecords(changes, options.path));
      if (options.summary !== undefined || options.graph) {
        const { printGraph, printSummary } = await import('../changes/print-summary.ts');
        const footer = () => dataAge(context);
        if (options.graph) await printGraph(context, records, footer);
        else await printSummary(context, records, { by: options.summary, footer });
      } else {
        const page = await pageOf(history, { query: found.query, changes, records });
        const told = await toldRecords(context, records, found);
        await context.output.print(told, await changeView(context, { ...page, acted: found.acted }, options));
      }
      if (options.by !== undefined || options.path !== undefined) {
        const { noteUnknownNames } = await import('../resources/name-filters.ts');
        await noteUnknownNames(context, records, nameFilters(context, options));
      }
      await noteBegin(context, query.until);
      await context.warnOfOrphans();
      if (options.exitCode && records.length > 0) context.status = EXIT.changed;
    });
}

/** Most command lines have no selector, and load nothing for one. */
async function chosenGuests(context: CliContext, selectors: readonly string[]): Promise<Pick<ChangeQuery, 'guests'>> {
  if (selectors.length === 0) return {};
  const { guestsOf } = await import('../resources/name-filters.ts');
  return guestsOf(context, selectors);
}

function queryOf(context: CliContext, options: ShowChangesOptions): ChangeQuery {
  const {
    since,
    until,
    limit,
    flat: _flat,
    patch: _patch,
    summary,
    graph,
    follow: _follow,
    exitCode: _exitCode,
    operation: _operation,
    ...filters
  } = options;
  const [from, to] = [context.time(since), context.time(until)];
  const { provider, output } = context.options;
  const isPaged = summary === undefined && !graph && (output === 'table' || output === 'wide');
  const most = limit ?? (isPaged ? PAGE : 0);
  return {
    ...filters,
    ...(most > 0 && { limit: most }),
    ...(provider && { provider }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  };
}

interface Found {
  query: ChangeQuery;
  changes: readonly Change[];
  /** Of the operation that was asked for; absent: of none. */
  acted?: readonly ActedStep[];
}

async function foundChanges(
  context: CliContext,
  history: HistoryService,
  query: ChangeQuery,
  { operation, limit }: ShowChangesOptions,
): Promise<Found> {
  if (operation === undefined) return { query, changes: await history.listChanges(query) };
  const { actedQuery } = await import('../changes/acted-changes.ts');
  const { madeBy } = await import('../../services/history/acted-changes.ts');
  const { query: asked, steps } = await actedQuery(context, operation, query);
  return { query: asked, changes: madeBy(steps, await history.listChanges(asked), limit), acted: steps };
}

/** Only some outputs tell which action made a change: it takes a statement more. */
async function toldRecords(
  context: CliContext,
  records: readonly ChangeRecord[],
  { changes, acted }: Found,
): Promise<readonly ChangeRecord[]> {
  if (!tellsActions(context, acted)) return records;
  const { withActions } = await import('../changes/acted-changes.ts');
  return withActions(context, records, { changes, ...(acted && { steps: acted }) });
}

/** CSV has the columns that it always had, unless an operation is asked for. */
function tellsActions({ options }: CliContext, acted: Found['acted']): boolean {
  const { output, columns = [], sort = [] } = options;
  return acted !== undefined || columns.length + sort.length > 0 || (output !== 'table' && output !== 'csv');
}

interface Page {
  stories: readonly Story[];
  /** Changes that the limit leaves out. */
  more: number;
  acted?: readonly ActedStep[] | undefined;
}

/** What a table shows of a query. Where the limit cuts through what a first run found, all of it is counted. */
async function pageOf(
  history: HistoryService,
  { query, changes, records }: { query: ChangeQuery; changes: readonly Change[]; records: readonly ChangeRecord[] },
): Promise<Page> {
  const [oldest] = changes;
  if (query.limit === undefined || changes.length < query.limit || oldest === undefined) {
    return { stories: toStories(records), more: 0 };
  }
  const more = (await history.countChanges(query)) - changes.length;
  const isCut = more > 0 && records.some((record) => record.rev === oldest.rev && isFirstSight(record));
  if (!isCut) return { stories: toStories(records), more };
  const totals = await history.countFirstSights(query, oldest.rev);
  const stories = toStories(records, { cut: { rev: oldest.rev, totals } });
  const counted = stories.find(({ first, totals: found }) => first.rev === oldest.rev && found !== null);
  return { stories, more: counted ? more - totalOf(totals) + counted.records.length : more };
}

/** The usual ones, and others where some may be named. */
async function columnsOf(context: CliContext, acted: Found['acted']): Promise<readonly Column<ChangeRecord>[]> {
  const { output, columns = [], sort = [] } = context.options;
  if (!tellsActions(context, acted)) {
    return output === 'csv' ? (await import('../changes/change-files.ts')).FILED_COLUMNS : CHANGE_COLUMNS;
  }
  const { ACTED_COLUMNS, ACTED_FILE_COLUMNS } = await import('../changes/acted-changes.ts');
  const usual = [...CHANGE_COLUMNS, ...ACTED_COLUMNS];
  if (output !== 'csv' && columns.length + sort.length === 0) return usual;
  const { allColumns, FILED_COLUMNS } = await import('../changes/change-files.ts');
  return output === 'csv' ? [...FILED_COLUMNS, ...ACTED_FILE_COLUMNS] : allColumns(usual);
}

/** Of each story the fields that changed, or their whole values. */
async function detailsOf({ patch }: ShowChangesOptions): Promise<{ details?: Details }> {
  return patch ? { details: (await import('../changes/patch-lines.ts')).patchLines } : {};
}

async function changeView(
  context: CliContext,
  { stories, more, acted }: Page,
  options: ShowChangesOptions,
): Promise<View<readonly ChangeRecord[], ChangeRecord>> {
  const { output, sort = [] } = context.options;
  const details = await detailsOf(options);
  const isGrouped = output === 'table' && sort.length === 0;
  return {
    columns: await columnsOf(context, acted),
    rows: (value) => value,
    ref: resourceRef,
    empty: 'no changes',
    ...(isGrouped && {
      layout: (_value, draw) =>
        options.flat ? [draw.grid(STORY_COLUMNS, stories)] : storyBlock(stories, draw, details),
    }),
    footer: async () => [
      ...(await actedLines(acted)),
      ...(more > 0
        ? [`and ${formatCount(more)} more before these: raise --limit, or ask for a time with --until`]
        : []),
      ...(await dataAge(context)),
    ],
  };
}

async function actedLines(acted: readonly ActedStep[] = []): Promise<string[]> {
  const [step] = acted;
  return step === undefined ? [] : [(await import('../changes/acted-changes.ts')).actionLine(step)];
}

function nameFilters(context: CliContext, { by = [], path }: ShowChangesOptions): NameFilter<ChangeRecord>[] {
  return [
    {
      patterns: by.filter((pattern) => pattern.toLowerCase() !== 'unknown'),
      of: ({ actor, token }) => (token === null ? [actor] : [actor, `${actor ?? ''}!${token}`]),
      known: async () => (await context.app.history()).listActors(),
      words: (pattern) => `no recorded change is by '${pattern}'`,
    },
    {
      patterns: path,
      of: (record) => (record.path === null ? [] : namesOf(record.path)),
      known: async () => (await fieldsOf(context)).flatMap(namesOf),
      words: (pattern) => `nothing has a field called '${pattern}'`,
    },
  ];
}

/** The paths of all documents, also of what is gone. */
async function fieldsOf(context: CliContext): Promise<string[]> {
  const inventory = await context.app.inventory();
  const all = { presence: 'all' } as const;
  const lists = [await inventory.listGuests(all), await inventory.listNodes(all), await inventory.listStorages(all)];
  return [...new Set(lists.flat().flatMap(({ document }) => Object.keys(document)))];
}
