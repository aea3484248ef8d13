import { AppError } from '../../types/errors.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { parseBoundedSelector } from '../selectors/bounded-selector.ts';

/** Fields whose answer changes though nothing was read: a feed would have to tell of hosts that did not change. */
const OF_THE_TIME = ['backup.age', 'changed', 'created', 'seen', 'snapshot.age', 'uptime'];

/** Ids of the hosts that a selector picks. Throws AppError `usage` and `limit`. */
export async function pickHosts(
  inventory: Pick<InventoryService, 'listGuests'>,
  filter: string,
  now: Date,
): Promise<ReadonlySet<string>> {
  const selector = parseBoundedSelector(filter, now);
  const passing = OF_THE_TIME.filter((field) => selector.fields.has(field));
  if (passing.length > 0) {
    throw new AppError('usage', `the feed cannot be filtered by ${passing.join(', ')}, which changes by itself`, {
      hint: 'ask GET /api/v1/hosts with this selector',
    });
  }
  const guests = await inventory.listGuests({ selector });
  return new Set(guests.map(({ id }) => id));
}
