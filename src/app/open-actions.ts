import os from 'node:os';
import { ActionRepository } from '../repositories/actions/action-repository.ts';
import { OperationClaims } from '../repositories/operations/operation-claims.ts';
import type { ActingProvider } from '../services/actions/action-run.ts';
import { type ActionAuthor, ActionService } from '../services/actions/action-service.ts';
import type { GuestPlan, OperationStep } from '../types/action.ts';
import { groupBy } from '../types/group-by.ts';
import type { App } from './app.ts';
import { isDeadHolder, ownHolder } from './holder.ts';
import { type ActedGuest, type ObserveIo, observeGuests } from './observe-guests.ts';
import { openActing } from './open-acting.ts';
import { userName } from './user-name.ts';

/** What plans and performs actions; must be closed. */
export interface OpenedActions {
  service: ActionService;
  repository: ActionRepository;
  /** By id, over one connection each. Throws AppError. */
  provider: (id: string) => Promise<ActingProvider>;
  close(): void;
}

/** `insist`: what ends everything at once; the end of the program only begins nothing new. */
export type ActionIo = ObserveIo;

export async function openActions(app: App, io: ActionIo): Promise<OpenedActions> {
  const connection = await app.connection();
  const { clock, newId } = app.machine;
  const opened = new Map<string, Promise<ActingProvider>>();
  const provider = async (id: string): Promise<ActingProvider> => {
    const known = opened.get(id) ?? app.storedProvider(id).then((row) => openActing(app, row, io));
    opened.set(id, known);
    return known;
  };
  const repository = new ActionRepository(connection);
  const service = new ActionService({
    repository,
    claims: new OperationClaims(connection),
    provider,
    key: await (await app.gate()).requireKey('actions'),
    clock,
    newId,
    newHolder: () => `${ownHolder()}.${newId()}`,
    isDead: isDeadHolder,
    observe: (guests) => observe(app, guests, io),
  });
  return {
    service,
    repository,
    provider,
    close: () => {
      for (const one of opened.values())
        void one.then(
          ({ acting }) => acting.close(),
          () => undefined,
        );
    },
  };
}

/** The guests of an operation, as they were planned and what became of each. */
export async function stepsOf(app: App, operationId: string): Promise<OperationStep[]> {
  return new ActionRepository(await app.connection()).steps(operationId);
}

/** Whether nobody performs an action that has not ended: its process is gone, or has left it to itself. */
export async function isLeft(app: App, operationId: string): Promise<boolean> {
  const held = await new ActionRepository(await app.connection()).holder(operationId, app.machine.clock());
  return held !== null && (held.holder === null || held.isOver || isDeadHolder(held.holder));
}

async function observe(app: App, plans: readonly GuestPlan[], io: ActionIo): Promise<void> {
  for (const [id, own] of groupBy(plans, ({ subject }) => subject.providerId)) {
    await observeGuests(app, id, own.map(toActed), io);
  }
}

function toActed({ action, subject, lockVmid, load }: GuestPlan): ActedGuest {
  const isNew = lockVmid !== subject.vmid || subject.guestId === null;
  const isMade = isNew || action.verb === 'restore';
  return { kind: subject.kind, nativeId: String(lockVmid), isNew, isMade, nodes: load.nodes };
}

/** Of the command that runs. `commandLine`: without secrets. */
export function commandAuthor(commandLine: string, reason: string | null): ActionAuthor {
  return { user: userName(), host: os.hostname(), commandLine, reason };
}
