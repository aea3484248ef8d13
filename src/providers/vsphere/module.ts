import { AppError } from '../../types/errors.ts';
import type { ConnectionSettings, ProviderIo, ProviderModule } from '../manifest.ts';
import { rules } from './rules/rules.ts';
import { VsphereClient } from './soap/vsphere-client.ts';
import { VsphereProvider } from './vsphere-provider.ts';

export const module: ProviderModule = {
  rules,
  open: (settings, io) => {
    const client = openClient(settings, io);
    return Object.assign(new VsphereProvider(client, io.clock), { requestCount: () => client.requestCount });
  },
};

/** Throws AppError('configuration'). */
function openClient({ endpoints, tls, credential }: ConnectionSettings, io: ProviderIo): VsphereClient {
  const [endpoint, ...others] = endpoints;
  if (endpoint === undefined || others.length > 0) {
    throw new AppError('configuration', `A vSphere provider has one endpoint, and not ${endpoints.length}`, {
      hint: 'Give the address of the vCenter; add an ESXi that it does not manage as a provider of its own',
    });
  }
  if (credential.kind !== 'password') {
    throw new AppError('configuration', `${endpoint}: vSphere has no API tokens`, {
      hint: 'Give a user and a password, as reader@vsphere.local',
    });
  }
  const { clock, concurrency, maxGuests, signal, onWarning, trustCommand } = io;
  return new VsphereClient({
    endpoint,
    tls,
    user: credential.user,
    password: credential.password,
    signal,
    onWarning,
    trustCommand,
    clock: () => clock().getTime(),
    ...(concurrency !== undefined && { concurrency }),
    ...(maxGuests !== undefined && { maxObjects: maxGuests }),
  });
}
