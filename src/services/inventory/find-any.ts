import { AppError } from '../../types/errors.ts';
import type { Filter, GuestLookup, GuestRow, Resource } from '../../types/inventory.ts';
import type { Presence } from '../../types/presence.ts';
import type { InventoryService } from './inventory-service.ts';
import { absentResource, ambiguousResource, resourcesNamed, unknownResource } from './resource-reference.ts';

type Inventory = Pick<InventoryService, 'findGuest' | 'listNodes' | 'listStorages'>;

/** What {@link InventoryService.findAny} gives. */
export async function findAny(
  inventory: Inventory,
  ref: string,
  lookup: GuestLookup,
): Promise<{ kind: 'guest'; row: GuestRow } | Resource> {
  const { provider, at, includeGone } = lookup;
  const query = { ...(provider && { provider }), ...(at && { at }) };
  const all = { ...query, ...(includeGone && { presence: 'all' as const }) };
  const resources = resourcesNamed(ref, await inventory.listNodes(all), await inventory.listStorages(all));
  const guest = await inventory.findGuest(ref, lookup).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return error;
    throw error;
  });
  const [resource, ...others] = resources;
  if (!(guest instanceof AppError)) {
    if (resource === undefined) return { kind: 'guest', row: guest };
    throw ambiguousResource(ref, guest, resources);
  }
  if (others.length > 0) throw ambiguousResource(ref, null, resources);
  return resource ?? Promise.reject(await whyNoResource(inventory, ref, provider, guest));
}

/** The error of a guest that was not found, or that of the node or storage which the reference means. */
async function whyNoResource(
  inventory: Inventory,
  ref: string,
  provider: Filter | undefined,
  error: AppError,
): Promise<AppError> {
  const query = { ...(provider && { provider }), presence: 'all' as const };
  const [nodes, storages] = [await inventory.listNodes(query), await inventory.listStorages(query)];
  const [gone] = resourcesNamed(ref, nodes, storages);
  if (gone !== undefined) return absentResource(ref, gone);
  const isThere = ({ presence }: { presence: Presence }): boolean => presence !== 'gone';
  return unknownResource(ref, nodes.filter(isThere), storages.filter(isThere)) ?? error;
}
