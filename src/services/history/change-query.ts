import type { ChangeLabel } from '../../repositories/change-label.ts';
import type { ChangeSelection } from '../../repositories/change-search.ts';
import type { HistoryRepository } from '../../repositories/history-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory-repository.ts';
import type { PatchEntry } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import {
  type Attribution,
  CHANGE_EVENTS,
  CHANGE_KINDS,
  type Change,
  type ChangeEvent,
  type ChangeKind,
  type ResourceType,
} from '../../types/history.ts';
import type { ChangeQuery } from '../../types/history-query.ts';
import type { Filter } from '../../types/inventory.ts';
import { loggedEvent } from '../../types/logged-event.ts';
import { requireGuests } from '../inventory/guest-reference.ts';
import { filterProviders } from '../inventory/provider-filter.ts';
import { pathWildcard, wildcard } from '../inventory/wildcard.ts';
import { sameValue } from './document-replay.ts';

const PAGE = 1000;
/** More rows than are asked for, because some are left out. */
const SPARE = 50;

/** What people call a resource, as `resourceKind` has it. */
const RESOURCES: Readonly<Record<string, string>> = {
  qemu: 'qemu',
  vm: 'qemu',
  lxc: 'lxc',
  container: 'lxc',
  ct: 'lxc',
  guest: 'guest',
  node: 'node',
  storage: 'storage',
};

/** The words that `kind` takes. */
export const CHANGE_WORDS: readonly string[] = [...CHANGE_KINDS, ...CHANGE_EVENTS, ...Object.keys(RESOURCES)];

interface WantedKinds {
  kinds: ChangeKind[];
  events: ChangeEvent[];
  resources: Set<string>;
}

interface Repositories {
  history: HistoryRepository;
  inventory: InventoryRepository;
}

/** Newest first, up to the limit. */
export async function findChanges(repositories: Repositories, query: ChangeQuery): Promise<Change[]> {
  const { history } = repositories;
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const wanted = wantedKinds(query.kind);
  const selection = await toSelection(repositories, query, wanted);
  if (selection === null) return [];
  const isWanted = changeFilter(query, wanted);
  const found: Change[] = [];
  let before: Change | undefined;
  while (found.length < limit) {
    const take = Math.min(PAGE, limit - found.length + SPARE);
    const page = await history.listChanges({ ...selection, ...(before && { before }), take });
    found.push(...page.map(withoutEchoes).filter(isWanted));
    before = page.at(-1);
    if (page.length < take) break;
  }
  return withLabels(history, found.slice(0, limit));
}

/** Version 0.1 recorded texts with a NUL as changed, which they were not. */
function withoutEchoes(change: Change): Change {
  const isEcho = ([, before, after]: PatchEntry) => before !== null && sameValue(before, after);
  return change.patch.some(isEcho) ? { ...change, patch: change.patch.filter((entry) => !isEcho(entry)) } : change;
}

/** null: nothing can match. */
async function toSelection(
  { history, inventory }: Repositories,
  { since, until, guest, run, provider, by, path }: ChangeQuery,
  { kinds, events, resources }: WantedKinds,
): Promise<ChangeSelection | null> {
  const fromRev = since === undefined ? 0 : await history.revisionSince(since);
  const toRev = until === undefined ? undefined : await history.revisionAt(until);
  const ofRun = run === undefined ? undefined : await revisionOfRun(history, run);
  if (fromRev === null || ofRun === null) return null;
  const ids =
    guest === undefined ? undefined : requireGuests(guest, await inventory.listGuestNames()).map(({ id }) => id);
  const isLabel = labelFilter(by, { kinds, events, resources });
  return {
    fromRev: Math.max(fromRev, ofRun ?? 0),
    ...((toRev !== undefined || ofRun !== undefined) && { toRev: Math.min(toRev ?? ofRun ?? 0, ofRun ?? toRev ?? 0) }),
    ...(ids && { resources: [...(await history.resourceNumbers(ids)).values()] }),
    ...(isLabel && { labels: await history.findLabels(isLabel) }),
    ...(provider !== undefined && { providerIds: await providerIds(history, provider) }),
    ...(path !== undefined && { paths: [path].flat() }),
  };
}

/** What labels say of kind, resource and actor; null when all are wanted. */
function labelFilter(
  by: ChangeQuery['by'],
  { kinds, events, resources }: WantedKinds,
): ((label: ChangeLabel) => boolean) | null {
  const isOfKind = kinds.length + events.length > 0;
  if (!isOfKind && resources.size === 0 && by === undefined) return null;
  const types = new Set([...resources].map(toResourceType));
  const isActor = actorFilter(by);
  const isEvent = (event: ChangeEvent | null) => event !== null && events.includes(event);
  return ({ kind, event, resourceType, actor, token, via }) =>
    (!isOfKind || kinds.includes(kind) || isEvent(event) || (event === 'from-log' && isEvent(loggedEvent(via)))) &&
    (types.size === 0 || types.has(resourceType)) &&
    isActor({ actor, token });
}

/** null for a run that changed nothing. */
async function revisionOfRun(history: HistoryRepository, runId: string): Promise<number | null> {
  const rev = await history.revisionOfRun(runId);
  if (rev === null && !(await history.hasRun(runId))) {
    throw new AppError('not-found', `No run \`${runId}\` is in the database`, {
      hint: '`sync-status` names the last run of each provider, and `show-changes -o json` that of each change.',
    });
  }
  return rev;
}

/**
 * What the database cannot tell, or not exactly. What was only read for the first time is no change to those who read the
 * history, unless they ask for it.
 */
function changeFilter({ path }: ChangeQuery, { events, resources }: WantedKinds): (change: Change) => boolean {
  const isPath = pathWildcard(path);
  return ({ kind, patch, event, isPruned, resourceKind }) =>
    (kind !== 'changed' || event !== null || isPruned || patch.length > 0) &&
    (event !== 'observed' || events.includes('observed')) &&
    isResource(resources, resourceKind) &&
    (path === undefined || patch.some(([touched]) => isPath(touched)));
}

function actorFilter(by: ChangeQuery['by']): (attribution: Pick<Attribution, 'actor' | 'token'>) => boolean {
  if (by === undefined) return () => true;
  const isActor = wildcard(by);
  const orUnknown = [by].flat().includes('unknown');
  return ({ actor, token }) => {
    if (actor === null) return orUnknown;
    return isActor(actor) || (token !== null && isActor(`${actor}!${token}`));
  };
}

/** Of every provider that has or had the name; its id is a name too. AppError('not-found') when none is called so. */
async function providerIds(history: HistoryRepository, filter: Filter): Promise<string[]> {
  const providers = await history.listProviders();
  const [ids, names] = [new Set(providers.map(({ id }) => id)), [filter].flat()];
  const byId = names.filter((name) => ids.has(name));
  const byName = names.filter((name) => !ids.has(name));
  return [...byId, ...(byName.length > 0 ? filterProviders(byName, providers).map(({ id }) => id) : [])];
}

/** A removed provider says so where another one has its name. */
async function withLabels(history: HistoryRepository, changes: readonly Change[]): Promise<Change[]> {
  const labels = new Map((await history.listProviders()).map(({ id, label }) => [id, label]));
  return changes.map((change) => ({ ...change, providerName: labels.get(change.providerId) ?? change.providerName }));
}

function wantedKinds(filter: ChangeQuery['kind']): WantedKinds {
  const words = filter === undefined ? [] : [filter].flat();
  const unknown = words.find((word) => !CHANGE_WORDS.includes(word));
  if (unknown !== undefined) {
    throw new AppError('usage', `\`${unknown}\` is no kind of change`, {
      hint: `There is ${CHANGE_WORDS.join(', ')}.`,
    });
  }
  return {
    kinds: CHANGE_KINDS.filter((kind) => words.includes(kind)),
    events: CHANGE_EVENTS.filter((event) => words.includes(event)),
    resources: new Set(words.flatMap((word) => RESOURCES[word] ?? [])),
  };
}

function isResource(wanted: ReadonlySet<string>, resourceKind: string): boolean {
  if (wanted.size === 0 || wanted.has(resourceKind)) return true;
  return wanted.has('guest') && toResourceType(resourceKind) === 'guest';
}

function toResourceType(resourceKind: string): ResourceType {
  return resourceKind === 'node' || resourceKind === 'storage' ? resourceKind : 'guest';
}
