import { openProxmoxClient } from '../../api/proxmox-client.ts';
import type { ProviderModule } from '../manifest.ts';
import { ProxmoxProvider } from './proxmox-provider.ts';
import { rules } from './rules/rules.ts';

export const module: ProviderModule = {
  rules,
  open: (settings, { clock, ...io }) => {
    const client = openProxmoxClient({ ...settings, ...io, clock: () => clock().getTime() });
    return Object.assign(new ProxmoxProvider(client, clock), { requestCount: () => client.requestCount });
  },
};
