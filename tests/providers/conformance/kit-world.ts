import { it } from '@jest/globals';
import type { GuestRow } from '../../../src/types/inventory.ts';
import type { SubjectKind, TrueGuest } from './subject.ts';
import type { World } from './world.ts';

export type OpenWorld = () => Promise<World>;

/** A test of a fault or an operation, skipped with its reason where the simulator cannot play it. */
export function play(cannot: SubjectKind['cannot'], what: keyof SubjectKind['cannot']) {
  const reason = cannot[what];
  return (name: string, test: () => Promise<void>): void => {
    if (reason === undefined) it(name, test);
    else it.skip(`${name} (${reason})`, test);
  };
}

/** After its first run. */
export async function synced(open: OpenWorld): Promise<{ world: World; requests: number }> {
  const world = await open();
  const { requests } = await world.sync();
  await world.news();
  return { world, requests };
}

/** Lets the first actor do something between two runs that are certainly before and after it. Returns who it was. */
export async function act(world: World, operation: (actor: string) => Promise<void>): Promise<string> {
  const [actor = ''] = world.subject.actors;
  await world.subject.settle();
  await operation(actor);
  await world.subject.settle();
  await world.sync();
  return actor;
}

/** A guest that is off, after the run that saw it so. */
export async function stoppedGuest(world: World, except: readonly string[] = []): Promise<TrueGuest> {
  const candidates = (await truthOf(world)).filter(({ nativeId }) => !except.includes(nativeId));
  const off = candidates.find(({ status }) => status === 'stopped');
  if (off !== undefined) return off;
  const [first] = candidates;
  if (first === undefined) throw new Error('the platform has no guests');
  await act(world, (actor) => world.subject.hand.setPower(actor, first.nativeId, 'stopped'));
  await world.news();
  return { ...first, status: 'stopped' };
}

export async function truthOf({ subject }: World): Promise<readonly TrueGuest[]> {
  return (await subject.truth()).toSorted(byId);
}

/** The inventory in the words of the truth, with what could not be observed. */
export function keptOf(rows: readonly GuestRow[]): TrueGuest[] {
  return rows
    .filter(({ presence }) => presence !== 'gone')
    .map(({ nativeId, name, status, node, document }) => ({
      nativeId,
      name: name ?? '',
      status: status === 'running' ? ('running' as const) : ('stopped' as const),
      place: node,
      memoryMiB: Number(document['memory']),
    }))
    .toSorted(byId);
}

function byId(one: TrueGuest, other: TrueGuest): number {
  return one.nativeId < other.nativeId ? -1 : 1;
}

export async function incarnations(world: World, nativeId: string): Promise<GuestRow[]> {
  return (await world.guests()).filter((row) => row.nativeId === nativeId);
}

/** Without what a run that changes nothing may update. */
export function lasting(rows: readonly GuestRow[]): Omit<GuestRow, 'lastSeenAt' | 'lastReportAt' | 'telemetry'>[] {
  return rows.map(({ lastSeenAt: _at, lastReportAt: _reported, telemetry: _figures, ...row }) => row);
}
