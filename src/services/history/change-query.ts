import type { ChangeLabel } from '../../repositories/history/change-label.ts';
import type { ChangeSelection } from '../../repositories/history/change-search.ts';
import type { HistoryRepository } from '../../repositories/history/history-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import { nearNames } from '../../text/near-names.ts';
import { loggedEvent } from '../../types/change-record.ts';
import type { PatchEntry } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import { AppError } from '../../types/errors.ts';
import { CONTAINER_KINDS, VM_KINDS } from '../../types/guest.ts';
import {
  type Attribution,
  CHANGE_EVENTS,
  CHANGE_KINDS,
  type Change,
  type ChangeEvent,
  type ChangeKind,
  type ResourceType,
} from '../../types/history.ts';
import type { ChangeQuery, FirstSights } from '../../types/history-query.ts';
import type { Filter } from '../../types/inventory.ts';
import { pathWildcard } from '../../types/path-wildcard.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { requireGuests } from '../inventory/guest-reference.ts';
import { filterProviders } from '../inventory/provider-filter.ts';

const PAGE = 1000;
/** More rows than are asked for, because some are left out. */
const SPARE = 50;

/** What people call a resource, as `resourceKind` has it. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  qemu: ['qemu'],
  vm: VM_KINDS,
  lxc: ['lxc'],
  container: CONTAINER_KINDS,
  ct: CONTAINER_KINDS,
  guest: ['guest'],
  node: ['node'],
  storage: ['storage'],
};

/** What the results of syncs and `presence` call it. */
const SYNONYMS: Readonly<Record<string, string>> = { new: 'created', gone: 'removed' };
/** Created as far as the history goes, but seen by a first run: nobody knows since when it exists. */
const FIRST_SEEN = 'first-seen';

/** The words that `kind` takes. */
export const CHANGE_WORDS: readonly string[] = [
  ...CHANGE_KINDS,
  ...CHANGE_EVENTS,
  FIRST_SEEN,
  ...Object.keys(RESOURCES),
  ...Object.keys(SYNONYMS),
];

interface WantedKinds {
  kinds: ChangeKind[];
  events: ChangeEvent[];
  isFirstSeen: boolean;
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

/** How many changes a query finds, whatever its limit. */
export async function countChanges(repositories: Repositories, query: ChangeQuery): Promise<number> {
  const { history } = repositories;
  const wanted = wantedKinds(query.kind);
  // What the database cannot tell has to be looked at.
  const isRough = query.path !== undefined || wanted.resources.size > 0 || wanted.isFirstSeen;
  if (isRough) return (await findChanges(repositories, { ...query, limit: Number.POSITIVE_INFINITY })).length;
  const selection = await toSelection(repositories, query, wanted);
  if (selection === null) return 0;
  const isObserved = ({ event }: ChangeLabel): boolean => event === 'observed';
  const withoutLabels = wanted.events.includes('observed') ? [] : await history.findLabels(isObserved);
  return history.countChanges({ ...selection, withoutLabels });
}

/** What a first run found of what a query asks for, by kind of resource; the run is named by its revision. */
export async function countFirstSights(
  repositories: Repositories,
  query: ChangeQuery,
  rev: number,
): Promise<FirstSights> {
  const { history } = repositories;
  const wanted = wantedKinds(query.kind);
  const selection = await toSelection(repositories, query, wanted);
  if (selection === null) return {};
  // The labels of the selection leave out what is not wanted.
  const isFirst = ({ kind, event }: ChangeLabel): boolean => kind === 'created' && event === null;
  const counts = await history.countFirstSights({ ...selection, fromRev: rev, toRev: rev }, isFirst);
  return Object.fromEntries(Object.entries(counts).filter(([kind]) => isResource(wanted.resources, kind)));
}

/** Version 0.1 recorded texts with a NUL as changed, which they were not. */
function withoutEchoes(change: Change): Change {
  const isEcho = ([, before, after]: PatchEntry) => before !== null && sameValue(before, after);
  return change.patch.some(isEcho) ? { ...change, patch: change.patch.filter((entry) => !isEcho(entry)) } : change;
}

/** null: nothing can match. */
async function toSelection(
  { history, inventory }: Repositories,
  { since, until, guest, guests, resource, run, provider, by, path, afterRev = -1 }: ChangeQuery,
  wanted: WantedKinds,
): Promise<ChangeSelection | null> {
  const fromRev = since === undefined ? 0 : await history.revisionSince(since);
  const toRev = until === undefined ? undefined : await history.revisionAt(until);
  const ofRun = run === undefined ? undefined : await revisionOfRun(history, run);
  if (fromRev === null || ofRun === null) return null;
  const ofGuest =
    guest === undefined ? undefined : requireGuests(guest, await inventory.listGuestNames()).map(({ id }) => id);
  const ids = resource === undefined ? idsIn(ofGuest, guests) : [resource];
  if (ids?.length === 0) return null;
  const isLabel = labelFilter(by, wanted);
  return {
    fromRev: Math.max(fromRev, ofRun ?? 0, afterRev + 1),
    ...((toRev !== undefined || ofRun !== undefined) && { toRev: Math.min(toRev ?? ofRun ?? 0, ofRun ?? toRev ?? 0) }),
    ...(ids && { resources: [...(await history.resourceNumbers(ids)).values()] }),
    ...(isLabel && { labels: await history.findLabels(isLabel) }),
    ...(provider !== undefined && { providerIds: await providerIds(history, provider) }),
    ...(path !== undefined && { paths: [path].flat() }),
  };
}

/** Those of both lists; of one where the other is not given. */
function idsIn(
  some: readonly string[] | undefined,
  others: ReadonlySet<string> | undefined,
): readonly string[] | undefined {
  return others === undefined ? some : (some?.filter((id) => others.has(id)) ?? [...others]);
}

/** Whether a change is one of the kinds or events; one from the log also by the event that it amounts to. */
function namedBy(
  kinds: readonly ChangeKind[],
  events: readonly ChangeEvent[],
): (kind: ChangeKind, event: ChangeEvent | null, via: string | null) => boolean {
  const isEvent = (event: ChangeEvent | null) => event !== null && events.includes(event);
  return (kind, event, via) =>
    kinds.includes(kind) || isEvent(event) || (event === 'from-log' && isEvent(loggedEvent(via)));
}

/** What labels say of kind, resource and actor; null when all are wanted. */
function labelFilter(
  by: ChangeQuery['by'],
  { kinds, events, isFirstSeen, resources }: WantedKinds,
): ((label: ChangeLabel) => boolean) | null {
  const isOfKind = kinds.length + events.length > 0 || isFirstSeen;
  if (!isOfKind && resources.size === 0 && by === undefined) return null;
  const types = new Set([...resources].map(toResourceType));
  const isActor = actorFilter(by);
  const isNamed = namedBy(kinds, events);
  return ({ kind, event, resourceType, actor, token, via }) =>
    (!isOfKind || (isFirstSeen && kind === 'created') || isNamed(kind, event, via)) &&
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
function changeFilter(
  { path }: ChangeQuery,
  { kinds, events, isFirstSeen, resources }: WantedKinds,
): (change: Change) => boolean {
  const isPath = pathWildcard(path);
  const isNamed = namedBy(kinds, events);
  return ({ kind, patch, event, isPruned, resourceKind, attribution: { via, notBefore } }) => {
    return (
      (kind !== 'changed' || event !== null || isPruned || patch.length > 0) &&
      (event !== 'observed' || events.includes('observed')) &&
      (!isFirstSeen || isNamed(kind, event, via) || (event === null && notBefore === null)) &&
      isResource(resources, resourceKind) &&
      (path === undefined || patch.some(([touched]) => isPath(touched)))
    );
  };
}

function actorFilter(by: ChangeQuery['by']): (attribution: Pick<Attribution, 'actor' | 'token'>) => boolean {
  if (by === undefined) return () => true;
  const isActor = compileFilter(by);
  const orUnknown = [by].flat().some((pattern) => pattern.toLowerCase() === 'unknown');
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
  const given = filter === undefined ? [] : [filter].flat();
  // `rolled back`, as tables have it, is `rolled-back`.
  const words = given.map((word) => {
    const plain = word
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, '-');
    return SYNONYMS[plain] ?? plain;
  });
  const unknown = given[words.findIndex((word) => !CHANGE_WORDS.includes(word))];
  if (unknown !== undefined) {
    const [near] = nearNames(unknown, CHANGE_WORDS);
    throw new AppError('usage', `\`${unknown}\` is no kind of change`, {
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}There is ${CHANGE_WORDS.join(', ')}.`,
    });
  }
  return {
    isFirstSeen: words.includes(FIRST_SEEN),
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
