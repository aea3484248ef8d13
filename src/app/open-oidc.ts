import type { InventoryKey } from '../types/inventory-key.ts';
import type { App } from './app.ts';
import { findOidc, OIDC_VARIABLES, type OidcSettings } from './config/oidc.ts';
import { Problems } from './config/problems.ts';

/** A login by an identity provider, with what it needs. */
export interface OpenedOidc {
  settings: OidcSettings;
  /** null: a public client. */
  clientSecret: string | null;
  /** null: this machine has none. */
  key: InventoryKey | null;
}

/** null: no identity provider is named. Throws AppError('configuration') with all that is wrong. */
export async function openOidc(app: App): Promise<OpenedOidc | null> {
  const problems = new Problems();
  const settings = findOidc(app.env, problems);
  problems.throwIfAny();
  if (settings === null) return null;
  const { key } = await (await app.gate()).key();
  if (settings.secretRef === null) return { settings, clientSecret: null, key };
  const { resolveSecret } = await import('./config/secret.ts');
  const sources = { ...(await app.secretSources({})), option: OIDC_VARIABLES.clientSecret };
  return { settings, clientSecret: await resolveSecret(settings.secretRef, sources), key };
}
