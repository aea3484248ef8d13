import type { Document, PatchEntry, Value } from '../../../src/types/document.ts';
import { sameValue } from '../../../src/types/document-replay.ts';
import type { Change } from '../../../src/types/history.ts';
import { CORE_PATHS, type Operation } from './story.ts';
import type { SubjectKind, TrueGuest } from './subject.ts';
import type { World } from './world.ts';

/** Counted over a campaign. The first five have to be 0. */
export function newTally() {
  return {
    falseRemovals: 0,
    clearedFields: 0,
    inventedChanges: 0,
    lostChanges: 0,
    wrongActors: 0,
    runs: 0,
    rounds: 0,
    operations: 0,
    changes: 0,
    exact: 0,
    likely: 0,
    none: 0,
    outcomes: {} as Record<string, number>,
    faults: {} as Record<string, number>,
  };
}
export type Tally = ReturnType<typeof newTally>;

const NAMES = ['name', 'status', 'place', 'memoryMiB'] as const;
const PATHS: ReadonlySet<string> = new Set(Object.values(CORE_PATHS));

/** Compares what a campaign's runs record with what was done. */
export class Judge {
  readonly #world: World;
  readonly #tally: Tally;
  readonly #names: readonly (typeof NAMES)[number][];
  /** What the changes add up to, by the ids of incarnations. */
  readonly #recorded = new Map<string, Document>();
  #operations: Operation[] = [];
  readonly complaints: string[] = [];

  constructor(world: World, tally: Tally, { cannot }: Pick<SubjectKind, 'cannot'>) {
    this.#world = world;
    this.#names = cannot.power === undefined ? NAMES : NAMES.filter((name) => name !== 'status');
    this.#tally = tally;
  }

  note(operations: readonly Operation[]): void {
    this.#operations.push(...operations);
    this.#tally.operations += operations.length;
  }

  /** After any run: nothing was recorded that nobody did, and nobody is named who did not do it. */
  async judgeRun(): Promise<void> {
    const idOf = new Map((await this.#world.guests()).map(({ id, nativeId }) => [id, nativeId]));
    for (const change of await this.#world.news()) {
      this.#tally.changes += 1;
      this.#tally[change.attribution.confidence] += 1;
      this.#judgeChange(change, idOf.get(change.resourceId) ?? '');
    }
  }

  /** After a run without a fault: everything that was done is recorded, and the inventory is the truth. */
  async judgeRest(): Promise<void> {
    await this.judgeRun();
    const rows = (await this.#world.guests()).filter(({ presence }) => presence !== 'gone');
    const guests = await this.#world.subject.truth();
    for (const guest of guests) {
      const row = rows.find(({ nativeId, presence }) => nativeId === guest.nativeId && presence === 'present');
      if (row === undefined) this.#complain('lostChanges', `${guest.nativeId} is not in the inventory`);
      else {
        this.#compare(guest, row.document, 'in the inventory');
        this.#compare(guest, this.#recorded.get(row.id) ?? {}, 'by the history');
      }
    }
    for (const { nativeId, presence } of rows) {
      if (guests.some((guest) => guest.nativeId === nativeId)) continue;
      this.#complain('lostChanges', `${nativeId} is gone, and ${presence} in the inventory`);
    }
    this.#operations = [];
  }

  /** What the first run found. */
  async learn(): Promise<void> {
    for (const change of await this.#world.news()) this.#record(change);
  }

  #judgeChange(change: Change, nativeId: string): void {
    const done = this.#operations.filter((one) => one.nativeId === nativeId);
    if (change.kind === 'changed') for (const entry of change.patch) this.#judgeEntry(change, entry, done);
    else {
      const made = done.filter(({ what }) => what === change.kind);
      const isTwice = (change.kind === 'created') === this.#recorded.has(change.resourceId);
      if (made.length === 0 || isTwice) {
        const text = `${nativeId} is recorded as ${change.kind}${isTwice ? ' twice' : ''}`;
        this.#complain(change.kind === 'removed' ? 'falseRemovals' : 'inventedChanges', text);
      }
      this.#judgeActor(change, made, `${nativeId} ${change.kind}`);
    }
    this.#record(change);
  }

  #judgeEntry(change: Change, [path, before, after]: PatchEntry, done: readonly Operation[]): void {
    const what = `${change.name ?? ''} ${path} ${text(before)} → ${text(after)}`;
    if (!PATHS.has(path)) {
      this.#judgeActor(change, done, what);
      return;
    }
    const recorded = this.#recorded.get(change.resourceId)?.[path] ?? null;
    if (change.event === 'observed') {
      if (before !== null || recorded !== null)
        this.#complain('inventedChanges', `${what}, as read for the first time`);
      this.#judgeActor(change, [], what);
      return;
    }
    const gave = done.filter((one) => one.path === path && isSame(one.value, after));
    if (after === null) this.#complain('clearedFields', what);
    else if (gave.length === 0) this.#complain('inventedChanges', what);
    if (!isSame(recorded, before)) this.#complain('inventedChanges', `${what}, and it was ${text(recorded)}`);
    // Where several gave it this value, the last one did what is seen; a step that nobody saw may be any of them.
    this.#judgeActor(change, change.event === 'from-log' ? gave : gave.slice(-1), what);
  }

  #judgeActor({ attribution: { actor, confidence, via } }: Change, by: readonly Operation[], what: string): void {
    if (actor === null || by.some((one) => one.actor === actor)) return;
    const truth = [...new Set(by.map((one) => one.actor))].join(' or ') || 'nobody';
    this.#complain('wrongActors', `${what} by ${truth} is told of ${actor} (${confidence}, ${via})`);
  }

  #record({ kind, resourceId, patch }: Change): void {
    const document: Record<string, Value> = { ...this.#recorded.get(resourceId) };
    for (const [path, , after] of patch) {
      if (after === null) delete document[path];
      else document[path] = after;
    }
    if (kind === 'removed') this.#recorded.delete(resourceId);
    else this.#recorded.set(resourceId, document);
  }

  #compare(guest: TrueGuest, document: Document, where: string): void {
    for (const name of this.#names) {
      const found = document[CORE_PATHS[name]] ?? null;
      if (isSame(found, guest[name])) continue;
      const what = `${guest.nativeId} ${name} is ${text(guest[name])}, and ${text(found)} ${where}`;
      this.#complain(found === null ? 'clearedFields' : 'lostChanges', what);
    }
  }

  #complain(
    counter: 'falseRemovals' | 'clearedFields' | 'inventedChanges' | 'lostChanges' | 'wrongActors',
    what: string,
  ): void {
    this.#tally[counter] += 1;
    const done = this.#operations.map(({ actor, nativeId, what: kind, path, value }) =>
      [actor, kind, nativeId, path, value].filter((part) => part !== null).join(' '),
    );
    this.complaints.push(`${counter}: ${what}; after ${done.join(', ') || 'nothing'}`);
  }
}

function isSame(one: Value | null, other: Value | null): boolean {
  return sameValue(one, other);
}

function text(value: Value | null): string {
  return JSON.stringify(value);
}
