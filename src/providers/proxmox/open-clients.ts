import { ProxmoxActions } from '../../api/proxmox-actions.ts';
import { openProxmoxClient, type ProxmoxClient } from '../../api/proxmox-client.ts';
import type { TransportOptions } from '../../api/transport.ts';
import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, ProviderIo } from '../manifest.ts';

/** Connects when it is first asked for something; must be closed. */
export function openReading(settings: ConnectionSettings, io: ProviderIo): ProxmoxClient {
  return openProxmoxClient(transportOptions(settings, io));
}

/** As {@link openReading}, for what is written with the credential of the settings. */
export function openWriting(settings: ConnectionSettings, io: ProviderIo): ProxmoxActions {
  return new ProxmoxActions(transportOptions(settings, io));
}

function transportOptions(
  { credential, ...settings }: ConnectionSettings,
  { clock, ...io }: ProviderIo,
): TransportOptions {
  if (credential.kind !== 'login') return { ...settings, ...io, credential, clock: () => clock().getTime() };
  throw new AppError('configuration', 'Proxmox VE is asked with a token or a password', {
    hint: 'give --token-id and --secret, or --user and --password',
  });
}
