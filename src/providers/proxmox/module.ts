import { openProxmoxClient } from '../../api/proxmox-client.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderModule } from '../manifest.ts';
import { ProxmoxProvider } from './proxmox-provider.ts';
import { rules } from './rules/rules.ts';

export const module: ProviderModule = {
  rules,
  open: ({ credential, ...settings }, { clock, ...io }) => {
    if (credential.kind === 'login') {
      throw new AppError('configuration', 'Proxmox VE is asked with a token or a password', {
        hint: 'give --token-id and --secret, or --user and --password',
      });
    }
    const client = openProxmoxClient({ ...settings, credential, ...io, clock: () => clock().getTime() });
    return Object.assign(new ProxmoxProvider(client, clock), { requestCount: () => client.requestCount });
  },
};
