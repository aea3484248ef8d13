import { openReading, openWriting } from '../providers/proxmox/open-clients.ts';
import { ActionRepository } from '../repositories/actions/action-repository.ts';
import { AppError } from '../types/errors.ts';
import { ApiSession } from './api-session.ts';
import type { App } from './app.ts';
import type { Target } from './config/select-providers.ts';
import { loadEndpoints, providerConnection, storedConnection } from './provider-connection.ts';

interface ApiIo {
  isWrite: boolean;
  onWarning: (text: string) => void;
  /** Ends everything at once: a write under way is not given up before. */
  insist: AbortSignal;
}

/**
 * Opens the API of a provider; must be closed. Reads go where flags and variables say; what is written to, and read for that, is the
 * provider as it is stored. Throws AppError; `unconfirmed` where its settings are not those that were sealed, before anything is sent.
 */
export async function openApi(app: App, target: Target, { isWrite, onWarning, insist }: ApiIo): Promise<ApiSession> {
  const { stored, used } = target;
  if (used.type !== 'proxmox') {
    throw new AppError('usage', `${used.name} is no Proxmox VE, whose API this is`, {
      hint: 'name one with --provider',
    });
  }
  const { signal, clock } = app.machine;
  const io = { signal: insist, clock, onWarning };
  if (isWrite) {
    const { settings, actionCredential, ...connection } = await storedConnection(app, stored);
    const { name, allow = [] } = stored;
    const reading = openReading(settings, { ...io, ...connection });
    const credential = actionCredential ?? settings.credential;
    const writing = openWriting({ ...settings, credential }, { ...io, ...connection });
    const repository = new ActionRepository(await app.connection());
    const requireFree = (vmids: readonly number[]) => repository.requireFree(stored.id ?? '', vmids);
    return new ApiSession({ provider: name, allow, reading, writing, requireFree, signal });
  }
  await (await app.gate()).requireConfirmed(stored);
  const { settings, ...connection } = await providerConnection(app, used, await app.secretSources(used));
  const knownEndpoints = (await loadEndpoints(app, target)) ?? [];
  const reading = openReading(settings, { ...io, ...connection, knownEndpoints });
  return new ApiSession({
    provider: used.name,
    allow: [],
    reading,
    writing: null,
    requireFree: async () => undefined,
    signal,
  });
}
