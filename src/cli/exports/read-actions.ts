import type { Action } from '../../services/exports/export-format.ts';
import { toRecords } from '../../types/change-record.ts';
import { actorText, byTime, changesText, resourceText, timeOf } from '../changes/change-record.ts';
import { toActions } from '../changes/change-stories.ts';
import type { CliContext } from '../context.ts';
import { guestsOf } from '../resources/name-filters.ts';

/** What was done since then to the guests that are meant; without a selector, to everything. */
export async function readActions(
  context: CliContext,
  selectors: readonly string[],
  since: Date,
): Promise<{ actions: Action[]; begin: Date | null }> {
  const { provider } = context.options;
  const history = await context.app.history();
  const query = { since, ...(provider && { provider }), ...(await guestsOf(context, selectors)) };
  const records = byTime(toRecords(await history.listChanges(query)));
  const actions = toActions(records).map(({ first, records: own }) => ({
    at: timeOf(first),
    by: actorText(first),
    of: resourceText(first),
    what: changesText(own),
  }));
  return { actions, begin: await history.begin() };
}
