import {
  type ChargedHours,
  HOUR_MS,
  type HourRange,
  rangeOf,
  SIGHTING_STATES,
  type Sighting,
} from '../../types/billing.ts';
import type { PriceList } from '../../types/price-list.ts';
import { timesHours } from './decimal.ts';
import { withoutAll } from './hour-ranges.ts';
import { rateOf } from './rate-of.ts';

export interface Billable {
  sightings: readonly Sighting[];
  package: string | null;
  /** Hours that were charged, or that somebody decided not to charge. */
  settled: readonly HourRange[];
  /** The hour at which nothing more is charged: now, or the end of the guest. */
  endHour: number;
}

/** The first hour that begins after a time. */
export function hourAfter(time: Date): number {
  return Math.ceil(time.getTime() / HOUR_MS);
}

/** Observed hours that are not settled, with their prices, in order. Each hour is in it once. Pure. */
export function unbilledHours(prices: PriceList, { sightings, settled, endHour, ...of }: Billable): ChargedHours[] {
  const wanted = prices.charge === 'running' ? sightings.filter(({ state }) => state === 'running') : sightings;
  const taken: HourRange[] = [...settled, [endHour, Infinity]];
  // Of an hour in which it ran and did not, the size counts with which it ran.
  const hours = SIGHTING_STATES.flatMap((state) => {
    const ordered = wanted.filter((one) => one.state === state).sort((a, b) => a.fromHour - b.fromHour);
    const left = withoutAll(ordered.flatMap(rangeOf), taken);
    taken.push(...left.flat());
    return ordered.flatMap(({ cpus, memoryBytes, diskBytes }, index) => {
      const size = { cpus, memoryBytes, diskBytes };
      const { rate, by } = rateOf(prices, { package: of.package, ...size });
      return (left[index] ?? []).map(([fromHour, toHour]) => ({ fromHour, toHour, ...size, by, rate }));
    });
  });
  return merged(hours.toSorted((a, b) => a.fromHour - b.fromHour)).map((one) => ({
    ...one,
    amount: one.rate === null ? null : timesHours(one.rate, one.toHour - one.fromHour),
  }));
}

type Unpriced = Omit<ChargedHours, 'amount'>;

function merged(hours: readonly Unpriced[]): Unpriced[] {
  const result: Unpriced[] = [];
  for (const next of hours) {
    const last = result.at(-1);
    const isSame =
      last?.toHour === next.fromHour &&
      (['cpus', 'memoryBytes', 'diskBytes', 'by', 'rate'] as const).every((field) => last[field] === next[field]);
    if (last !== undefined && isSame) result[result.length - 1] = { ...last, toHour: next.toHour };
    else result.push(next);
  }
  return result;
}
