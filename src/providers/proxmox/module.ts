import { openProxmoxClient } from '../../api/proxmox-client.ts';
import type { ProviderModule } from '../manifest.ts';
import { ProxmoxProvider } from './proxmox-provider.ts';

export const module: ProviderModule = {
  open: (settings, { clock, ...io }) => {
    const client = openProxmoxClient({ ...settings, ...io, clock: () => clock().getTime() });
    return Object.assign(new ProxmoxProvider(client, clock), { requestCount: () => client.requestCount });
  },
};
