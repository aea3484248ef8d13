import { InventoryKeys } from '../../src/app/config/inventory-keys.ts';
import { openInventoryKey } from '../../src/app/open-key.ts';
import type { Connection } from '../../src/repositories/db/database.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';
import { sealWith } from '../../src/services/providers/settings.ts';
import type { ProviderConfig } from '../../src/types/provider.ts';

/** Stores a provider as `providers add --no-check` does, with the key that programs started by this test find. */
export async function addSealed(connection: Connection, config: ProviderConfig, now = new Date()): Promise<void> {
  const { key } = await openInventoryKey(connection, new InventoryKeys(process.env));
  await new ProviderRepository(connection, sealWith(key)).add(config, { now });
}
