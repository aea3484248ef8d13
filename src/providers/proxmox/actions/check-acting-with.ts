import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import { openProxmoxClient } from '../../../api/proxmox-client.ts';
import { AppError } from '../../../types/errors.ts';
import type { ResolvedCredential } from '../../../types/provider.ts';
import type { ActingCheck, ConnectionSettings, ProviderIo } from '../../manifest.ts';
import type { ConnectionCheck } from '../../provider.ts';
import { checkActing } from './check-acting.ts';

/** Over connections of its own, which it closes. */
export async function* checkActingWith(
  { credential, ...settings }: ConnectionSettings,
  { allow, actionCredential }: ActingCheck,
  { clock, ...io }: ProviderIo,
): AsyncIterable<ConnectionCheck> {
  const open = (one: ResolvedCredential): ProxmoxClient => {
    if (one.kind === 'login') throw new AppError('configuration', 'Proxmox VE is asked with a token or a password');
    return openProxmoxClient({ ...settings, ...io, credential: one, clock: () => clock().getTime() });
  };
  const acting = open(actionCredential ?? credential);
  const reading = actionCredential === null ? null : open(credential);
  try {
    yield* checkActing({ allow, acting, reading, signal: io.signal });
  } finally {
    acting.close();
    reading?.close();
  }
}
