import { ProxmoxActions } from '../../api/proxmox-actions.ts';
import { openProxmoxClient } from '../../api/proxmox-client.ts';
import { AppError } from '../../types/errors.ts';
import type { ResolvedCredential, ServerCredential } from '../../types/provider.ts';
import type { ProviderModule } from '../manifest.ts';
import { checkActingWith } from './actions/check-acting-with.ts';
import { ProxmoxActing } from './actions/proxmox-acting.ts';
import { ProxmoxProvider } from './proxmox-provider.ts';
import { rules } from './rules/rules.ts';

export const module: ProviderModule = {
  rules,
  checkActing: checkActingWith,
  open: ({ credential, ...settings }, { clock, ...io }) => {
    const own = { ...settings, ...io, credential: requireServerCredential(credential) };
    const client = openProxmoxClient({ ...own, clock: () => clock().getTime() });
    return Object.assign(new ProxmoxProvider(client, clock), { requestCount: () => client.requestCount });
  },
  openActing: ({ credential, ...settings }, actionCredential, { clock, ...io }) => {
    const common = { ...settings, ...io, clock: () => clock().getTime() };
    const reading = openProxmoxClient({ ...common, credential: requireServerCredential(credential) });
    const writing = new ProxmoxActions({ ...common, credential: requireServerCredential(actionCredential) });
    return new ProxmoxActing(reading, writing);
  },
};

function requireServerCredential(credential: ResolvedCredential): ServerCredential {
  if (credential.kind !== 'login') return credential;
  throw new AppError('configuration', 'Proxmox VE is asked with a token or a password', {
    hint: 'give --token-id and --secret, or --user and --password',
  });
}
