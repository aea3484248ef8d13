import type { Target } from '../../app/config/select-providers.ts';
import { AppError } from '../../types/errors.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import type { CliContext } from '../context.ts';

/**
 * On a terminal, the certificates that made runs fail are shown. Providers whose certificate is confirmed are trusted from now
 * on, and synced again in place of the failed run.
 */
export async function afterTrust(
  context: CliContext,
  targets: readonly Target[],
  { results, sync }: { results: readonly SyncResult[]; sync: (again: readonly Target[]) => Promise<SyncResult[]> },
): Promise<SyncResult[]> {
  if (!context.io.ask) return [...results];
  const again: Target[] = [];
  for (const target of targets) {
    const result = results.find(({ providerName }) => providerName === target.stored.name);
    if (result?.error?.code === 'certificate' && (await isAsStored(target)))
      again.push(...(await trusted(context, target)));
  }
  const retried = again.length === 0 ? [] : await sync(again);
  return results.map((result) => retried.find(({ providerName }) => providerName === result.providerName) ?? result);
}

/** Trust is renewed over a connection with the stored credential, which goes to no address that flags or environment name. */
async function isAsStored(target: Target): Promise<boolean> {
  const { connectsAsStored } = await import('../../app/config/credential-scope.ts');
  return JSON.stringify(target.stored.tls) === JSON.stringify(target.used.tls) && connectsAsStored(target);
}

/** The target as it is trusted now; none when nobody confirmed it. */
async function trusted(context: CliContext, target: Target): Promise<Target[]> {
  const { renewTrust } = await import('./renew-trust.ts');
  const { recordAction } = await import('./record-action.ts');
  try {
    const known = await (await context.app.inventory()).listProviders();
    const stored = known.find(({ name }) => name === target.stored.name);
    if (stored === undefined) {
      // A first contact: the run that follows stores the provider, if it succeeds.
      const tls = await renewTrust(context, target.used);
      return [{ stored: { ...target.stored, tls }, used: { ...target.used, tls } }];
    }
    if (target.stored.id !== undefined) await (await context.app.gate()).requireConfirmed(stored);
    const { endpoints, credential } = target.used;
    const used = { ...stored, endpoints, credential };
    const tls = await renewTrust(context, used);
    await (await context.app.providerRepository()).update(used, { tls }, context.now());
    await recordAction(context, 'provider.trust', stored.name, { mode: tls.mode });
    return [{ stored: { ...target.stored, tls }, used: { ...target.used, tls } }];
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
    return [];
  }
}
