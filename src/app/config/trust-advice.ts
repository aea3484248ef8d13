import type { ProviderConfig, TlsTrust } from '../../types/provider.ts';
import { manifestOf } from '../registry.ts';
import type { Environment } from './environment.ts';
import { type ConnectionFlags, environmentOf, findTls, tlsSource } from './environment-provider.ts';
import { Problems } from './problems.ts';

export interface TrustSources {
  flags: ConnectionFlags;
  env: Environment;
  cwd: string;
}

/**
 * The flag or variable that a connection's trust comes from; null for what is stored. Storing another one changes nothing while
 * it is set, so it is what has to be mended.
 */
export function trustSource(
  config: Pick<ProviderConfig, 'type' | 'tls'>,
  { flags, env, cwd }: TrustSources,
): string | null {
  const own = environmentOf(config, env);
  const given = findTls(flags, { env: own, cwd, manifest: manifestOf(config) }, new Problems());
  return given !== undefined && isSame(given, config.tls) ? tlsSource(flags, own) : null;
}

function isSame(a: TlsTrust, b: TlsTrust): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The command that pins a certificate, to which ` --fingerprint AA:…` is added. Empty: the flag itself counts; undefined: a
 * variable does, or nothing is stored.
 */
export function trustCommand(
  config: Pick<ProviderConfig, 'id' | 'name' | 'type' | 'tls'>,
  sources: TrustSources,
): string | undefined {
  const source = trustSource(config, sources);
  if (source?.startsWith('--')) return '';
  return source !== null || config.id === undefined ? undefined : `rollcall providers trust ${config.name}`;
}
