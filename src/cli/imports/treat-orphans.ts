import { planArchive, planPrune } from '../../services/imports/plan-import.ts';
import type { CliContext } from '../context.ts';
import { selectorOf } from '../resources/name-filters.ts';
import { type ApplyOptions, applyImport } from './apply-import.ts';
import { importView, toRecord } from './import-view.ts';

export type OrphanAction = 'orphans' | 'archive' | 'prune';

/** Imported guests that are gone: lists them, takes out their entries, or forgets them. */
export async function treatOrphans(
  context: CliContext,
  action: OrphanAction,
  { selectors, ...options }: ApplyOptions & { selectors: readonly string[] },
): Promise<void> {
  const known = await (await context.app.imports()).list();
  const wanted = await wantedIds(context, selectors);
  const gone = known.filter(
    ({ guest, mark, isGone }) =>
      isGone && (wanted?.has(guest.id) ?? true) && (action !== 'archive' || mark.archivedAt === null),
  );
  const view = importView('no imported guest is gone');
  if (action === 'orphans') return context.output.print(gone.map(toRecord), view);
  if (gone.length === 0) return context.output.note('no imported guest is gone');
  const ids = new Set(gone.map(({ mark }) => mark.guestId));
  const plan = action === 'prune' ? planPrune(known, ids) : planArchive(known, ids, context.now());
  if (!(await applyImport(context, plan, options))) return;
  await context.output.print(gone.map(toRecord), view);
}

/** undefined: all. Guests that are gone are compared as they were last. */
async function wantedIds(context: CliContext, selectors: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  const { provider } = context.options;
  if (selectors.length === 0 && provider === undefined) return undefined;
  const selector = await selectorOf(context, selectors, undefined);
  const query = { ...(provider && { provider }), ...(selector && { selector }), presence: 'all' as const };
  return new Set((await (await context.app.inventory()).listGuests(query)).map(({ id }) => id));
}
