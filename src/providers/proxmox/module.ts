import type { ProviderModule } from '../manifest.ts';
import { checkActingWith } from './actions/check-acting-with.ts';
import { ProxmoxActing } from './actions/proxmox-acting.ts';
import { openReading, openWriting } from './open-clients.ts';
import { ProxmoxProvider } from './proxmox-provider.ts';
import { rules } from './rules/rules.ts';

export const module: ProviderModule = {
  rules,
  checkActing: checkActingWith,
  open: (settings, io) => {
    const client = openReading(settings, io);
    return Object.assign(new ProxmoxProvider(client, io.clock), { requestCount: () => client.requestCount });
  },
  openActing: (settings, credential, io) =>
    new ProxmoxActing(openReading(settings, io), openWriting({ ...settings, credential }, io)),
};
