import { AppError } from '../types/errors.ts';
import type { ProviderConfig } from '../types/provider.ts';

/**
 * Before anything is sent with the credential for actions: whoever is in between could have any guest destroyed, and would have
 * the credential. Throws AppError('certificate').
 */
export function requireVerified({ name, tls, endpoints }: Pick<ProviderConfig, 'name' | 'tls' | 'endpoints'>): void {
  const isPlain = endpoints.some((endpoint) => !endpoint.startsWith('https:'));
  if (tls.mode !== 'insecure' && !isPlain) return;
  const what = isPlain ? 'is reached without TLS' : 'shows a certificate that is not verified';
  throw new AppError('certificate', `${name} ${what}: nothing is sent there that changes anything`, {
    hint: isPlain
      ? `give it an address with https: rollcall providers update ${name} --endpoint https://…`
      : `trust its certificate first: rollcall providers trust ${name}`,
  });
}
