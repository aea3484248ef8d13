import type { Value } from '../../../src/types/document.ts';
import type { Random } from '../../campaign/random.ts';
import type { SubjectKind, TrueGuest } from './subject.ts';
import type { World } from './world.ts';

/** Paths of the fields that every platform has, by their names in the truth. */
export const CORE_PATHS = { name: 'name', status: 'status', place: 'node', memoryMiB: 'memory' } as const;

/** One thing that someone did. `path` null: the guest came or went. */
export interface Operation {
  actor: string;
  nativeId: string;
  what: 'created' | 'removed' | 'changed';
  path: string | null;
  value: Value | null;
}

const MOST_GUESTS = 10;
const FEWEST_GUESTS = 5;
const NAMES = ['web', 'db', 'cache'];

let renames = 0;

/** Lets someone do something at random. Returns what was done, in its order: a guest is stopped before it is removed. */
export async function perform(
  { subject }: World,
  { cannot }: Pick<SubjectKind, 'cannot'>,
  random: Random,
): Promise<Operation[]> {
  const { hand } = subject;
  const actor = random.pick(subject.actors);
  const guests = await subject.truth();
  const guest = random.pick(guests);
  const { nativeId } = guest;
  const done: Operation[] = [];
  const changed = (path: string, value: Value): void => {
    done.push({ actor, nativeId, what: 'changed', path, value });
  };
  const stop = async (): Promise<void> => {
    if (guest.status === 'stopped') return;
    await hand.setPower(actor, nativeId, 'stopped');
    changed('status', 'stopped');
  };

  switch (random.pick(choices(guests, cannot))) {
    case 'create': {
      const made = await hand.create(actor, random.pick(NAMES));
      return [{ actor, nativeId: made, what: 'created', path: null, value: null }];
    }
    case 'remove':
      await stop();
      await hand.remove(actor, nativeId);
      return [...done, { actor, nativeId, what: 'removed', path: null, value: null }];
    case 'recreate': {
      await stop();
      const made = await hand.recreate(actor, nativeId);
      return [
        ...done,
        { actor, nativeId, what: 'removed', path: null, value: null },
        { actor, nativeId: made, what: 'created', path: null, value: null },
      ];
    }
    case 'rename': {
      const name = `${random.pick(NAMES)}-${++renames}`;
      await hand.rename(actor, nativeId, name);
      changed('name', name);
      return done;
    }
    case 'power': {
      const status = guest.status === 'running' ? 'stopped' : 'running';
      await hand.setPower(actor, nativeId, status);
      changed('status', status);
      return done;
    }
    case 'memory': {
      await stop();
      const memory = guest.memoryMiB + 128 * (1 + random.below(4));
      await hand.setMemory(actor, nativeId, memory);
      changed('memory', memory);
      return done;
    }
    case 'move': {
      await stop();
      const place = random.pick(subject.places.filter((one) => one !== guest.place));
      await hand.move(actor, nativeId, place);
      changed('node', place);
      return done;
    }
  }
}

function choices(guests: readonly TrueGuest[], cannot: SubjectKind['cannot']) {
  const always = ['memory', 'recreate'] as const;
  return [
    ...(cannot.rename === undefined ? (['rename'] as const) : []),
    ...always,
    ...(cannot.power === undefined ? (['power', 'power'] as const) : []),
    ...(guests.length < MOST_GUESTS ? (['create'] as const) : []),
    ...(guests.length > FEWEST_GUESTS ? (['remove'] as const) : []),
    ...(cannot.move === undefined ? (['move'] as const) : []),
  ];
}
