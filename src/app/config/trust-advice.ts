import type { TlsTrust } from '../../types/provider.ts';
import type { Environment } from './environment.ts';
import { type ConnectionFlags, findTls, tlsSource } from './environment-provider.ts';
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
export function trustSource(tls: TlsTrust, { flags, env, cwd }: TrustSources): string | null {
  const given = findTls(flags, env, cwd, new Problems());
  return given !== undefined && isSame(given, tls) ? tlsSource(flags, env) : null;
}

function isSame(a: TlsTrust, b: TlsTrust): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The command that pins a certificate, to which ` --fingerprint AA:…` is added. Empty: the flag itself counts; undefined: a
 * variable does, or nothing is stored.
 */
export function trustCommand(
  { id, name, tls }: { id?: string; name: string; tls: TlsTrust },
  sources: TrustSources,
): string | undefined {
  const source = trustSource(tls, sources);
  if (source?.startsWith('--')) return '';
  return source !== null || id === undefined ? undefined : `rollcall providers trust ${name}`;
}
