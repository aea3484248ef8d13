import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import type { Change } from '../../types/history.ts';
import type { ChangeQuery } from '../../types/history-query.ts';
import type { CliContext } from '../context.ts';
import { allColumns, FILED_COLUMNS } from './change-files.ts';
import { byTime, CHANGE_COLUMNS, resourceRef } from './change-record.ts';
import { STORY_COLUMNS, type Story, toStories } from './change-stories.ts';
import { type Details, storyBlock } from './story-lines.ts';

const POLL_MS = 1000;

/** Prints the last changes, and then each as soon as it is recorded, until the program is asked to end. */
export async function followChanges(
  context: CliContext,
  query: ChangeQuery,
  { limit, isFlat, details }: { limit: number; isFlat: boolean; details?: Details },
): Promise<void> {
  const history = await context.app.history();
  const { signal } = context.io;
  const paths = [query.path ?? []].flat();
  const { output: format, columns = [] } = context.options;
  const isStory = format === 'table' && columns.length === 0 && !isFlat;
  const print = isStory ? storyPrinter(context, paths, details) : changePrinter(context, { paths });
  let rev = await history.lastRevision();
  // A revision that is committed meanwhile is left to the loop.
  const upTo = (last: number, changes: readonly Change[]) => changes.filter((change) => change.rev <= last);
  await print(upTo(rev, await history.listChanges({ ...query, ...(limit > 0 && { limit }) })));
  const { limit: _limit, ...whole } = query;
  // Ended early when the end is asked for.
  while (await sleep(POLL_MS, true, { signal }).catch(() => false)) {
    const last = await history.lastRevision();
    if (last > rev) await print(upTo(last, await history.listChanges({ ...whole, afterRev: rev })));
    rev = last;
  }
}

/** Prints changes as stories. */
function storyPrinter(
  context: CliContext,
  paths: readonly string[],
  details?: Details,
): (changes: readonly Change[]) => Promise<void> {
  return async (changes) => {
    const stories = toStories(byTime(toRecords(changes, paths)));
    await context.output.block((draw) => storyBlock(stories, draw, details && { details }));
  };
}

/** Prints changes in the form that was asked for; the first time with headers. */
export function changePrinter(
  context: CliContext,
  { paths = [], hasHead = true }: { paths?: readonly string[]; hasHead?: boolean } = {},
): (changes: readonly Change[]) => Promise<void> {
  const { output: format, columns = [] } = context.options;
  const stream = context.output.stream({ hasHead });
  return async (changes) => {
    const records = byTime(toRecords(changes, paths));
    if (format !== 'table' || columns.length > 0) {
      await stream(records, {
        columns: format === 'csv' ? FILED_COLUMNS : allColumns(CHANGE_COLUMNS),
        rows: (value: readonly ChangeRecord[]) => value,
        ref: resourceRef,
      });
      return;
    }
    await stream(toStories(records), {
      columns: STORY_COLUMNS,
      rows: (value: readonly Story[]) => value,
      ref: ({ first }) => resourceRef(first),
    });
  };
}
