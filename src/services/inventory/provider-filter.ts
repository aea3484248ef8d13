import { nearNames } from '../../text/near-names.ts';
import { AppError } from '../../types/errors.ts';
import type { Filter } from '../../types/inventory.ts';
import { compileFilter } from '../../types/wildcard.ts';

interface Named {
  name: string;
  removedAt: Date | null;
}

/** Whether it was watched at that time, or is now. */
export function isWatched({ removedAt }: Pick<Named, 'removedAt'>, at?: Date): boolean {
  return removedAt === null || (at !== undefined && removedAt > at);
}

/**
 * Those of the candidates that a filter names; without one all of them. Each pattern has to name one: AppError('not-found')
 * with near names else. `all` has those too that are no candidates, because they were removed.
 */
export function filterProviders<T extends Named>(
  filter: Filter | undefined,
  candidates: readonly T[],
  all: readonly Named[] = candidates,
): T[] {
  if (filter === undefined) return [...candidates];
  const patterns = [filter].flat();
  const unknown = patterns.filter((pattern) => !candidates.some(matcher(pattern)));
  if (unknown.length > 0) throw noSuchProvider(unknown, candidates, all);
  return candidates.filter((one) => patterns.some((pattern) => matcher(pattern)(one)));
}

function matcher(pattern: string): (provider: Named) => boolean {
  const matches = compileFilter(pattern);
  return ({ name }) => matches(name);
}

function noSuchProvider(unknown: readonly string[], candidates: readonly Named[], all: readonly Named[]): AppError {
  const removed = all.find((one) => one.removedAt !== null && unknown.some((pattern) => matcher(pattern)(one)));
  const known = [...new Set(candidates.map(({ name }) => name))];
  const near = unknown.flatMap((pattern) => nearNames(pattern, known)).slice(0, 1);
  const hints = [
    ...(removed?.removedAt
      ? [`${removed.name} was removed on ${removed.removedAt.toISOString()}; show-changes and --at still know it`]
      : near.map((name) => `did you mean ${name}?`)),
    known.length === 0 ? 'none is stored: run `rollcall discover-all`' : `there are: ${known.join(', ')}`,
  ];
  return new AppError('not-found', `there is no provider ${unknown.join(', ')}`, {
    hint: hints.join('; ').replace('?;', '?'),
  });
}
