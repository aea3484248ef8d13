import type { ProviderUpdate } from '../repositories/providers/provider-repository.ts';
import { AppError } from '../types/errors.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { ClusterIdentity } from '../types/observation.ts';
import type { ProviderConfig } from '../types/provider.ts';
import type { App } from './app.ts';
import { followsEnvironment } from './config/provider-overrides.ts';

/** Before the cluster is known, one that only the environment describes may be the same; after that, only `sameId` is. */
export async function refuseTakenName(app: App, name: string, sameId?: string | null): Promise<void> {
  const all = await (await app.inventory()).listProviders();
  const isTaken = (one: ProviderRow) => (sameId === undefined ? !followsEnvironment(one) : one.id !== sameId);
  if (!all.some((one) => one.name === name && isTaken(one))) return;
  throw new AppError('configuration', `there is a provider ${name} already`, {
    hint: 'choose another name, or change it with `rollcall providers update`',
  });
}

/**
 * The provider that stands for this cluster already because the environment describes it; null: there is none. One that a
 * command has stored is refused.
 */
export async function adoptable(
  app: App,
  config: ProviderConfig,
  identity: ClusterIdentity | null,
): Promise<ProviderRow | null> {
  const { name, endpoints } = config;
  const twin = await (await app.inventory()).findCluster(config, identity, await app.rulesOf(config));
  if (twin === null || followsEnvironment(twin)) {
    await refuseTakenName(app, name, twin?.id ?? null);
    return twin;
  }
  throw new AppError(
    'configuration',
    `${clusterText(identity)} is provider ${twin.name} already; ${name} was not stored`,
    {
      hint: `to give it another address: rollcall providers update ${twin.name} --endpoint ${endpoints.join(',')}`,
    },
  );
}

/** What becomes of a provider that is adopted: nobody has confirmed what its row says of actions. */
export function adoption({ name, endpoints, tls, credential, allow = [], actionCredential }: ProviderConfig) {
  const settings = { name, endpoints, tls, credential, allow, actionCredential: actionCredential ?? null };
  return settings satisfies ProviderUpdate;
}

export function clusterText(identity: ClusterIdentity | null): string {
  if (identity === null) return 'this address';
  const { clusterName, nodeNames } = identity;
  if (clusterName !== null) return `cluster ${clusterName}`;
  return nodeNames.length === 0 ? 'this cluster' : `host ${nodeNames.join(', ')}`;
}
