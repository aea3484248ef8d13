import { AppError } from '../../types/errors.ts';
import type { Subscription } from './answers.ts';

/** In these nothing can be read, or nothing is there any more. */
const CLOSED = new Set(['disabled', 'deleted']);

/** Which subscriptions a run asks. */
export interface AskedSubscriptions {
  usable: readonly Subscription[];
  /** Those that were asked for by their id and cannot be, and why. */
  refused: ReadonlyMap<string, AppError>;
  /** All that were meant and the login sees, sorted. */
  seenIds: readonly string[];
  /** What people call them, by id. */
  names: ReadonlyMap<string, string>;
}

/** `wanted`: ids in lower case; null: all of them. Pure. Throws AppError('forbidden') where the login sees none of those. */
export function chooseSubscriptions(
  listed: readonly Subscription[],
  wanted: readonly string[] | null,
): AskedSubscriptions {
  const byId = new Map(listed.map((one) => [one.subscriptionId.toLowerCase(), one]));
  const seenIds = (wanted ?? [...byId.keys()]).filter((id) => byId.has(id)).toSorted();
  if (seenIds.length === 0) {
    throw new AppError(
      'forbidden',
      `the login sees ${wanted === null ? 'no subscription' : 'none of the subscriptions'}`,
      {
        hint: 'Give it the role Reader on each subscription to read: az role assignment create --role Reader',
      },
    );
  }
  const meant = seenIds.flatMap((id) => byId.get(id) ?? []);
  const usable = meant.filter(({ state }) => !CLOSED.has(state?.toLowerCase() ?? ''));
  const refused = (wanted ?? []).flatMap((id): [string, AppError][] => {
    const found = byId.get(id);
    if (found === undefined) return [[id, unseen(id)]];
    return usable.includes(found) ? [] : [[id, new AppError('server', `it is ${found.state ?? 'closed'}`)]];
  });
  return {
    usable,
    refused: new Map(refused),
    seenIds,
    names: new Map(meant.map(({ displayName }, at) => [seenIds[at] ?? '', displayName || (seenIds[at] ?? '')])),
  };
}

function unseen(id: string): AppError {
  return new AppError('forbidden', 'the login does not see it', {
    hint: `Give it the role Reader there: az role assignment create --role Reader --scope /subscriptions/${id}`,
  });
}
