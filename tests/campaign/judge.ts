import type { PatchEntry } from '../../src/types/document.ts';
import type { Change } from '../../src/types/history.ts';
import type { Operation } from './story.ts';
import { COMPARED, differences, type TrueGuest, trueGuests } from './truth.ts';
import type { World } from './world.ts';

/** Counted over the whole campaign; those above the line must be zero. */
export interface Tally {
  falseRemovals: number;
  clearedFields: number;
  missedChanges: number;
  repeatedChanges: number;
  inventedChanges: number;
  wrongActors: number;
  missingActors: number;
  missedSteps: number;
  repeatedSteps: number;
  inventedSteps: number;
  staleFields: number;
  brokenChains: number;
  runs: number;
  rounds: number;
  operations: number;
  changes: number;
  /** Changes that came and went between two polls, and those of them that the history has. */
  passing: number;
  fromLog: number;
  exact: number;
  likely: number;
  unknown: number;
  outcomes: Record<string, number>;
  troubles: Record<string, number>;
}

export function newTally(): Tally {
  const zero = {
    falseRemovals: 0,
    clearedFields: 0,
    missedChanges: 0,
    repeatedChanges: 0,
    inventedChanges: 0,
    wrongActors: 0,
    missingActors: 0,
    missedSteps: 0,
    repeatedSteps: 0,
    inventedSteps: 0,
  };
  const counts = {
    staleFields: 0,
    brokenChains: 0,
    runs: 0,
    rounds: 0,
    operations: 0,
    changes: 0,
    passing: 0,
    fromLog: 0,
    exact: 0,
    likely: 0,
    unknown: 0,
  };
  return { ...zero, ...counts, outcomes: {}, troubles: {} };
}

export interface Story {
  trouble: string;
  /** Whether it happened while a sync was reading. */
  isMidRun: boolean;
  operations: Operation[];
  since: Date;
  before: ReadonlyMap<number, TrueGuest>;
  idsBefore: ReadonlyMap<number, string>;
}

export async function idsOf(world: World): Promise<Map<number, string>> {
  return new Map((await world.inventory.listGuests()).map(({ nativeId, id }) => [Number(nativeId), id]));
}

/** Compares what was recorded since the last quiet moment with what really happened, and the inventory with the lab. */
export async function judge(world: World, story: Story, tally: Tally): Promise<string[]> {
  const wrong: string[] = [];
  const now = trueGuests(world.lab);
  const rows = await world.inventory.listGuests();
  const changes = (await world.history.listChanges({ since: story.since })).filter(
    ({ observedAt }) => observedAt > story.since,
  );
  tally.changes += changes.length;
  for (const { attribution } of changes)
    tally[attribution.confidence === 'none' ? 'unknown' : attribution.confidence]++;

  const removedIds = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ resourceId }) => resourceId));
  for (const [vmid, id] of story.idsBefore) {
    const isGone = story.operations.some(
      (operation) => operation.vmid === vmid && (operation.isRemoved || (operation.isNew && story.before.has(vmid))),
    );
    if (removedIds.has(id) && !isGone) {
      tally.falseRemovals++;
      wrong.push(`${vmid} is recorded as removed`);
    }
    if (!removedIds.has(id) && isGone) {
      tally.missedChanges++;
      wrong.push(`the removal of ${vmid} is missing`);
    }
  }
  for (const [vmid, guest] of now) {
    const row = rows.find((one) => one.vmid === vmid && one.kind === guest.kind);
    if (row === undefined || row.presence !== 'present') {
      tally.missedChanges++;
      wrong.push(`${vmid} is ${row?.presence ?? 'not in the inventory'}`);
      continue;
    }
    for (const { path, before, after } of differences(row.document, guest.fields)) {
      if (before === null) tally.clearedFields++;
      else tally.staleFields++;
      wrong.push(`${vmid} ${path} is ${JSON.stringify(before)} in the inventory and ${JSON.stringify(after)} in truth`);
    }
    const own = changes.filter(({ resourceId, kind }) => resourceId === row.id && kind === 'changed');
    if (story.idsBefore.get(vmid) === row.id) wrong.push(...judgeFields(guest, story, own, tally));
    else if (!story.operations.some((operation) => operation.vmid === vmid && operation.isNew)) {
      tally.inventedChanges++;
      wrong.push(`${vmid} was replaced`);
    }
  }
  wrong.push(...judgeSteps(story, changes, tally));
  wrong.push(...judgeActors(story, changes, tally));
  const report = await world.audit.verify();
  if (!report.ok) {
    tally.brokenChains++;
    wrong.push(`verify: ${JSON.stringify(report.problems.slice(0, 3))}`);
  }
  return wrong;
}

/** Rows of one field in the order in which they were recorded, as the one change that they add up to; null: they do not. */
function net(entries: readonly PatchEntry[]): PatchEntry | null {
  const [first, last] = [entries[0], entries.at(-1)];
  const isChain = entries.every((entry, index) => {
    return index === 0 || JSON.stringify(entries[index - 1]?.[2]) === JSON.stringify(entry[1]);
  });
  return first && last && isChain ? [first[0], first[1], last[2]] : null;
}

/** Each field that differs was recorded, from its old value to its new one, in as many steps as there were; no other was. */
function judgeFields(guest: TrueGuest, story: Story, own: readonly Change[], tally: Tally): string[] {
  const real = differences(story.before.get(guest.vmid)?.fields ?? {}, guest.fields);
  const passing = story.operations
    .flatMap((operation) => operation.passing ?? [])
    .filter(({ vmid }) => vmid === guest.vmid);
  const entries = own.flatMap(({ patch, event }) => patch.map((entry) => ({ entry, isStep: event === 'from-log' })));
  const wrong: string[] = [];
  for (const path of COMPARED) {
    const rows = entries.filter(({ entry }) => entry[0] === path);
    const change = real.find((one) => one.path === path);
    const seen = rows.map(({ entry }) => entry);
    const most = passing.some(({ what }) => what === path) ? passing.length : 1;
    if (change === undefined) {
      const sum = net(seen);
      const isNothing = JSON.stringify(sum?.[1]) === JSON.stringify(sum?.[2]);
      // A list that lags may show what came and went: then it is told as it was, each state once and in its order.
      const passed = passing.filter(({ what }) => what === path).map(({ after }) => after);
      const isObserved = JSON.stringify(seen.map(([, , after]) => after)) === JSON.stringify(passed);
      const isBack = isNothing && (rows.every(({ isStep }) => isStep) || isObserved);
      if (rows.length === 0 || isBack) continue;
      if (seen.at(-1)?.[2] === null) tally.clearedFields++;
      else tally.inventedChanges++;
      wrong.push(`${guest.vmid} ${path} ${JSON.stringify(seen)} is recorded and did not happen`);
      continue;
    }
    if (seen.length === 0) tally.missedChanges++;
    if (seen.length > most) tally.repeatedChanges++;
    const isRight =
      seen.length <= most && JSON.stringify(net(seen)) === JSON.stringify([path, change.before, change.after]);
    if (!isRight) wrong.push(`${guest.vmid} ${JSON.stringify(change)} is recorded as ${JSON.stringify(seen)}`);
  }
  return wrong;
}

function nameOf({ attribution: { actor, token } }: Change): string | null {
  return token === null ? actor : `${actor}!${token}`;
}

/** What came and went is there once, by whoever did it; it may be missing only where the records could not be read. */
function judgeSteps(story: Story, changes: readonly Change[], tally: Tally): string[] {
  const expected = story.operations.flatMap((operation) => operation.passing ?? []);
  const told = changes
    .filter(({ event }) => event === 'from-log')
    .flatMap((change) => {
      const { kind, patch, vmid } = change;
      const by = nameOf(change);
      if (kind !== 'changed') return [{ vmid, what: kind, after: null, by }];
      // A pause is told in two fields.
      return patch.map(([what, , after]) => ({ vmid, what, after, by }));
    });
  tally.passing += expected.length;
  tally.fromLog += told.length;
  const open = expected.map((one) => JSON.stringify([one.vmid, one.what, one.after, one.by]));
  const wrong: string[] = [];
  for (const { vmid, what, after, by } of told) {
    const text = JSON.stringify([vmid, what, after, by]);
    const at = open.indexOf(text);
    if (at >= 0) open.splice(at, 1);
    else {
      if (expected.some((one) => one.vmid === vmid && one.what === what && one.by === by)) tally.repeatedSteps++;
      else tally.inventedSteps++;
      wrong.push(`${text} is told from the log, and did not happen, or was told already`);
    }
  }
  const isReadable = story.trouble === 'none' && !story.isMidRun;
  // Two steps by which the history cannot tell more than the one change that is left over.
  if (isReadable && open.length > 0) {
    tally.missedSteps += open.length;
    wrong.push(...open.map((text) => `${text} came and went, and is missing`));
  }
  return wrong;
}

/** What a server keeps no trace of: edits of containers and of pools. */
const UNTRACED = /^(memory|cores|description|rename|tags|untag|bridge) lxc$|^pool /;

function namesOf({ by, passing = [] }: Operation): string[] {
  return [by, ...passing.map((one) => one.by)];
}

/** Whoever is named did it; and where nothing hid the server's own record, somebody is named. */
function judgeActors(story: Story, changes: readonly Change[], tally: Tally): string[] {
  return changes.flatMap(({ vmid, attribution, patch, kind }) => {
    if (vmid === null) return [];
    if (attribution.actor === null) {
      const operation = story.operations.find((one) => one.vmid === vmid);
      if (story.trouble !== 'none' || story.isMidRun || operation === undefined || UNTRACED.test(operation.what))
        return [];
      tally.missingActors++;
      return [`nobody is named for ${kind} of ${vmid} ${JSON.stringify(patch)}`];
    }
    const named = attribution.token === null ? attribution.actor : `${attribution.actor}!${attribution.token}`;
    if (story.operations.some((operation) => operation.vmid === vmid && namesOf(operation).includes(named))) return [];
    tally.wrongActors++;
    return [`${kind} of ${vmid} ${JSON.stringify(patch.map(([path]) => path))} is put down to ${named}`];
  });
}

export function describeOperations(operations: readonly Operation[]): string {
  return operations.map(({ what, vmid, by }) => `${what} ${vmid} by ${by}`).join(', ') || 'nobody did anything';
}
