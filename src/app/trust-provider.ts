import { AppError } from '../types/errors.ts';
import type { ProviderRow } from '../types/inventory.ts';
import type { TlsTrust } from '../types/provider.ts';
import type { App } from './app.ts';
import { findTls, tlsSource } from './config/environment-provider.ts';
import { Problems } from './config/problems.ts';
import { followsEnvironment, isFromEnvironment } from './config/provider-overrides.ts';
import { DEFAULT_MANIFEST } from './registry.ts';
import { renewTrust, type TrustRequest, type TrustTalk } from './renew-trust.ts';

/**
 * Trusts the certificates that a stored provider shows now, and gives how it is trusted: the same object as before where nothing
 * was changed. Throws AppError('configuration'), AppError('unconfirmed'), AppError('certificate').
 */
export async function trustProvider(
  app: App,
  stored: ProviderRow,
  request: TrustRequest,
  talk: TrustTalk,
): Promise<TlsTrust> {
  if (followsEnvironment(stored)) throw trustedByVariable(stored.name, request.fingerprints);
  await (await app.gate()).requireConfirmed(stored);
  const tls = await renewTrust(app, stored, request, talk);
  if (tls === stored.tls) return tls;
  await (await app.providerRepository()).update(stored, { tls }, app.machine.clock());
  warnOutranked(app, stored, talk);
  return tls;
}

/** Nothing is stored of how it is trusted that a later run would go by. */
function trustedByVariable(name: string, print = 'AA:BB:…'): AppError {
  return new AppError('configuration', `${name} is described by the environment, and trusted as that says`, {
    hint: `set PROXMOX_VE_FINGERPRINT=${print}; or store it first: rollcall providers add ${name} --fingerprint ${print}`,
  });
}

/** A provider that follows the environment is trusted as that says, whatever is stored. */
function warnOutranked({ env, machine }: App, stored: ProviderRow, { warn }: TrustTalk): void {
  const given = isFromEnvironment(stored)
    ? findTls({}, { env, cwd: machine.cwd, manifest: DEFAULT_MANIFEST }, new Problems())
    : undefined;
  if (given === undefined) return;
  const variable = tlsSource({}, env);
  warn(`${variable} outranks what was stored just now`, `unset ${variable}, or set it to the new certificate`);
}
