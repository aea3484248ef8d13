import type { GuestPlan } from '../../types/action.ts';

/** `given`: as they are named. `startup`: by their startup order, and the other way round where they are stopped. */
export type GuestOrder = { by: 'given' } | { by: 'startup' } | { by: 'tag'; tags: readonly string[] };

export interface OrderedGuest {
  plan: GuestPlan;
  tags: readonly string[];
}

/** After those that have a place. */
const LAST = Number.MAX_SAFE_INTEGER;
const STOPPING: ReadonlySet<string> = new Set(['shutdown', 'stop', 'suspend', 'destroy']);

/** The plans in their order; those of one place are one group, and a group begins when the one before has ended. */
export function orderPlans(guests: readonly OrderedGuest[], order: GuestOrder): GuestPlan[] {
  if (order.by === 'given') return guests.map(({ plan }) => plan);
  const places = guests.map((guest) => placeOf(guest, order));
  const groups = [...new Set(places)].sort((a, b) => a - b);
  return guests
    .map(({ plan }, index) => ({ ...plan, group: groups.indexOf(places[index] ?? LAST) }))
    .sort((a, b) => a.group - b.group);
}

function placeOf({ plan, tags }: OrderedGuest, order: Exclude<GuestOrder, { by: 'given' }>): number {
  if (order.by === 'startup') {
    const place = plan.order ?? LAST;
    return STOPPING.has(plan.action.verb) ? -place : place;
  }
  const index = order.tags.findIndex((tag) => tags.includes(tag));
  return index < 0 ? LAST : index;
}
