import type { Connection } from '../repositories/db/connection.ts';
import { Outbox } from '../repositories/notify/outbox.ts';
import { RunStepRepository } from '../repositories/notify/run-steps.ts';
import type { ImportService } from '../services/imports/import-service.ts';
import { confirmedSettings } from '../services/notify/notifier-settings.ts';
import { type NotifyDependencies, NotifyService } from '../services/notify/notify-service.ts';
import type { StoredNotifier } from '../types/notify.ts';
import type { SecretSources } from './config/secret.ts';
import { isDeadHolder, ownHolder } from './holder.ts';
import type { Machine } from './machine.ts';
import { openSender } from './notify-sender.ts';
import type { Records } from './open-services.ts';
import type { SettingsGate } from './settings-gate.ts';

interface NotifyParts {
  connection: Connection;
  records: Records;
  imports: () => Promise<ImportService>;
  machine: Machine;
  gate: Pick<SettingsGate, 'requireKey'>;
  sources: SecretSources;
  signal: AbortSignal;
}

export function openNotify(parts: NotifyParts): NotifyService {
  const { connection, machine } = parts;
  const { clock } = machine;
  return new NotifyService({
    outbox: new Outbox(connection, `${ownHolder()}.${machine.newId().slice(-4)}`, clock),
    sources: {
      epoch: connection.epoch,
      ...parts.records,
      runs: new RunStepRepository(connection),
      connections: async (guestIds) => goneConnections(await parts.imports(), guestIds),
    },
    clock,
    random: Math.random,
    isDead: isDeadHolder,
    open: (notifier) => openNotifier(notifier, parts),
  });
}

/** Names of connections that lead nowhere, by the guests that are gone: a guest that was moved or restored is none of them. */
async function goneConnections(
  imports: ImportService,
  guestIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(guestIds);
  const gone = (await imports.list()).filter(
    ({ mark, guest, isGone }) => isGone && mark.archivedAt === null && wanted.has(guest.id),
  );
  return new Map(gone.map(({ mark, guest }) => [guest.id, mark.name]));
}

async function openNotifier(
  notifier: StoredNotifier,
  { gate, sources, signal, machine }: NotifyParts,
): ReturnType<NotifyDependencies['open']> {
  const settings = confirmedSettings(await gate.requireKey(`the notifier ${notifier.name}`), notifier);
  const send = openSender({ notifier: notifier.name, settings, sources, signal, clock: machine.clock });
  return { settings, send };
}
