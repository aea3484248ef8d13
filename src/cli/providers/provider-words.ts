import { isKnownKind } from '../../app/registry.ts';
import type { ActionRight } from '../../types/action.ts';
import type { ProviderRow, ProviderSchedule } from '../../types/inventory.ts';
import {
  type Credential,
  credentialName,
  type ProviderConfig,
  referencesOf,
  type TlsTrust,
} from '../../types/provider.ts';
import { formatDuration } from '../output/format.ts';

export function trustText(tls: TlsTrust): string {
  switch (tls.mode) {
    case 'system':
      return 'system CAs';
    case 'ca':
      return `CA ${tls.caFile}`;
    case 'cluster-ca':
      return "the cluster's CA";
    case 'fingerprint':
      return pinsText(tls);
    case 'insecure':
      return 'INSECURE';
  }
}

function pinsText({ sha256, pins = {} }: Extract<TlsTrust, { mode: 'fingerprint' }>): string {
  const all = [...new Set([...sha256.split(','), ...Object.values(pins).flatMap((pin) => pin.split(','))])].filter(
    Boolean,
  );
  const [first = ''] = all;
  return all.length === 1 ? `fingerprint ${first.slice(0, 11)}…` : `${all.length} fingerprints`;
}

const CREDENTIAL_NOUNS = { token: 'token', password: 'user', login: 'login' } as const;

/** The reference, never the secret. */
export function credentialText(credential: Credential): string {
  const who = `${CREDENTIAL_NOUNS[credential.kind]} ${credentialName(credential)}`;
  const [reference = ''] = referencesOf(credential);
  return reference === '' ? who : `${who} (${reference})`;
}

/** `power, snapshot`; `nothing`: it is only read. */
export function allowText(allow: readonly ActionRight[] = []): string {
  return allow.length === 0 ? 'nothing' : allow.join(', ');
}

/** Who acts, where something is allowed; null: nobody. */
export function actorText({ allow = [], credential, actionCredential }: ProviderConfig): string | null {
  if (actionCredential !== undefined) return credentialText(actionCredential);
  return allow.length === 0 ? null : `${credentialText(credential)}, as it reads`;
}

/** Empty: as `watch` is told. */
export function scheduleText({ autoDiscover, discoverInterval, discoverCron }: ProviderSchedule): string {
  if (!autoDiscover) return 'off';
  if (discoverCron !== null) return discoverCron;
  return discoverInterval === null ? '' : formatDuration(discoverInterval * 60_000);
}

/** `unknown type`: a newer version of Rollcall has stored it. */
export function stateOf({
  type,
  isEnabled,
  removedAt,
  pausedAt,
}: ProviderRow): 'enabled' | 'disabled' | 'paused' | 'removed' | 'unknown type' {
  if (removedAt !== null) return 'removed';
  if (!isKnownKind(type)) return 'unknown type';
  if (!isEnabled) return 'disabled';
  return pausedAt === null ? 'enabled' : 'paused';
}
