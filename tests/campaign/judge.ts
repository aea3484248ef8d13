import type { Change } from '../../src/types/history.ts';
import type { Deed } from './story.ts';
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
  staleFields: number;
  brokenChains: number;
  runs: number;
  rounds: number;
  deeds: number;
  changes: number;
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
  };
  const counts = {
    staleFields: 0,
    brokenChains: 0,
    runs: 0,
    rounds: 0,
    deeds: 0,
    changes: 0,
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
  deeds: Deed[];
  since: Date;
  before: ReadonlyMap<number, TrueGuest>;
  idsBefore: ReadonlyMap<number, string>;
}

export async function idsOf(world: World): Promise<Map<number, string>> {
  return new Map((await world.inventory.listGuests()).map(({ vmid, id }) => [vmid, id]));
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
    const isGone = story.deeds.some(
      (deed) => deed.vmid === vmid && (deed.isRemoved || (deed.isNew && story.before.has(vmid))),
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
    else if (!story.deeds.some((deed) => deed.vmid === vmid && deed.isNew)) {
      tally.inventedChanges++;
      wrong.push(`${vmid} was replaced`);
    }
  }
  wrong.push(...judgeActors(story, changes, tally));
  const report = await world.audit.verify();
  if (!report.ok) {
    tally.brokenChains++;
    wrong.push(`verify: ${JSON.stringify(report.problems.slice(0, 3))}`);
  }
  return wrong;
}

/** Each field that differs was recorded once, from its old value to its new one; no other was. */
function judgeFields(guest: TrueGuest, story: Story, own: readonly Change[], tally: Tally): string[] {
  const real = differences(story.before.get(guest.vmid)?.fields ?? {}, guest.fields);
  const recorded = own.flatMap(({ patch }) => patch).filter(([path]) => COMPARED.includes(path));
  const wrong: string[] = [];
  for (const { path, before, after } of real) {
    const seen = recorded.filter((entry) => entry[0] === path);
    if (seen.length === 0) tally.missedChanges++;
    if (seen.length > 1) tally.repeatedChanges++;
    const isRight = seen.length === 1 && JSON.stringify(seen[0]?.slice(1)) === JSON.stringify([before, after]);
    if (!isRight)
      wrong.push(`${guest.vmid} ${path} ${JSON.stringify([before, after])} is recorded as ${JSON.stringify(seen)}`);
  }
  for (const entry of recorded) {
    if (real.some(({ path }) => path === entry[0])) continue;
    if (entry[2] === null) tally.clearedFields++;
    else tally.inventedChanges++;
    wrong.push(`${guest.vmid} ${JSON.stringify(entry)} is recorded and did not happen`);
  }
  return wrong;
}

/** What a server keeps no trace of: edits of containers and of pools. */
const UNTRACED = /^(memory|cores|description|rename|tags|untag|bridge) lxc$|^pool /;

/** Whoever is named did it; and where nothing hid the server's own record, somebody is named. */
function judgeActors(story: Story, changes: readonly Change[], tally: Tally): string[] {
  return changes.flatMap(({ vmid, attribution, patch, kind }) => {
    if (vmid === null) return [];
    if (attribution.actor === null) {
      const deed = story.deeds.find((one) => one.vmid === vmid);
      if (story.trouble !== 'none' || story.isMidRun || deed === undefined || UNTRACED.test(deed.what)) return [];
      tally.missingActors++;
      return [`nobody is named for ${kind} of ${vmid} ${JSON.stringify(patch)}`];
    }
    const named = attribution.token === null ? attribution.actor : `${attribution.actor}!${attribution.token}`;
    if (story.deeds.some((deed) => deed.vmid === vmid && deed.by === named)) return [];
    tally.wrongActors++;
    return [`${kind} of ${vmid} ${JSON.stringify(patch.map(([path]) => path))} is put down to ${named}`];
  });
}

export function describeDeeds(deeds: readonly Deed[]): string {
  return deeds.map(({ what, vmid, by }) => `${what} ${vmid} by ${by}`).join(', ') || 'nobody did anything';
}
