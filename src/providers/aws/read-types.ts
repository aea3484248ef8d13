import { AppError } from '../../types/errors.ts';
import { attempt } from '../scope-reports.ts';
import type { Instance, InstanceType } from './answers.ts';
import type { AwsClient, Place } from './aws-client.ts';
import type { PlaceRead } from './read-places.ts';

export interface Named<T> {
  found: ReadonlyMap<string, T>;
  /** The first failure; null: all that were asked for were answered. */
  failure: AppError | null;
}

/** Types of machines are the same everywhere: each is asked for in the first place that has it. */
export async function readTypes(
  client: AwsClient,
  places: readonly PlaceRead[],
  signal: AbortSignal | undefined,
): Promise<Named<InstanceType>> {
  const asked = firstPlaces(places, ({ instanceType }) => instanceType ?? null);
  const answers = await Promise.all([...asked].map(([place, names]) => attempt(client.types(place, names, signal))));
  return gather(answers, ({ instanceType }) => instanceType);
}

/**
 * Names of images, which never change, by their ids: those that are not known yet. One that was taken back has none any more. `known`:
 * what is stored of an instance's image.
 */
export async function readImageNames(
  client: AwsClient,
  places: readonly PlaceRead[],
  { known, signal }: { known: (row: Instance) => string | null; signal: AbortSignal | undefined },
): Promise<Named<string>> {
  const stored = new Map<string, string>();
  for (const { instances } of places) {
    for (const row of instances) {
      const name = row.imageId && !stored.has(row.imageId) ? known(row) : null;
      if (name !== null && row.imageId) stored.set(row.imageId, name);
    }
  }
  const answers = await Promise.all(
    places.map(async ({ place, instances }) => {
      const ids = new Set(instances.flatMap(({ imageId }) => (imageId && !stored.has(imageId) ? [imageId] : [])));
      return ids.size === 0 ? [] : attempt(client.images(place, [...ids], signal));
    }),
  );
  const { found, failure } = gather(answers, ({ imageId }) => imageId);
  const names = [...found].flatMap(([id, { name }]) => (name ? [[id, name] as const] : []));
  return { found: new Map([...stored, ...names]), failure };
}

function firstPlaces(
  places: readonly PlaceRead[],
  nameOf: (row: Instance) => string | null,
): ReadonlyMap<Place, readonly string[]> {
  const seen = new Set<string>();
  const asked = new Map<Place, string[]>();
  for (const { place, instances } of places) {
    for (const row of instances) {
      const name = nameOf(row);
      if (name === null || seen.has(name)) continue;
      seen.add(name);
      const names = asked.get(place);
      if (names === undefined) asked.set(place, [name]);
      else names.push(name);
    }
  }
  return asked;
}

function gather<T>(answers: readonly (readonly T[] | AppError)[], idOf: (row: T) => string): Named<T> {
  const found = new Map<string, T>();
  let failure: AppError | null = null;
  for (const answer of answers) {
    if (answer instanceof AppError) failure ??= answer;
    else for (const row of answer) found.set(idOf(row), row);
  }
  return { found, failure };
}
