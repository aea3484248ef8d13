import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ActionRepository } from '../repositories/actions/action-repository.ts';
import { OperationClaims } from '../repositories/operations/operation-claims.ts';
import type { ActingProvider } from '../services/actions/action-run.ts';
import { type ActionAuthor, ActionService } from '../services/actions/action-service.ts';
import type { GuestPlan, OperationStep } from '../types/action.ts';
import { AppError } from '../types/errors.ts';
import { groupBy } from '../types/group-by.ts';
import type { App } from './app.ts';
import { isDeadHolder, ownHolder } from './holder.ts';
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

export interface ActionIo {
  onWarning: (message: string) => void;
  /** What ends everything at once; the end of the program only begins nothing new. */
  insist: AbortSignal;
}

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

/**
 * A guest that was put at its vmid within the second in which it is seen may be another one by the next: tasks are told to the
 * second, and the next action would be refused.
 */
const SETTLE_MS = 2_000;

/** Reads what was acted on, with the credential for reading, and records what is different. */
async function observe(app: App, plans: readonly GuestPlan[], { onWarning, insist }: ActionIo): Promise<void> {
  const isMade = plans.some((plan) => toRead(plan).isNew || plan.action.verb === 'restore');
  if (isMade) await sleep(SETTLE_MS, undefined, { signal: insist }).catch(() => undefined);
  const byProvider = groupBy(plans, ({ subject }) => subject.providerId);
  for (const [id, own] of byProvider) {
    const row = await app.storedProvider(id);
    try {
      const sync = await app.openSync({ stored: row, used: row }, { onWarning, signal: insist });
      try {
        const { open } = await sync.service.syncGuests(own.map(toRead), { signal: insist });
        if (open !== null) onWarning(`${row.name}: ${open}; the next sync records it`);
      } finally {
        sync.close();
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      onWarning(`${row.name}: what changed is recorded by the next sync: ${error.message}`);
    }
  }
}

function toRead({ subject, lockVmid, load }: GuestPlan) {
  const isNew = lockVmid !== subject.vmid || subject.guestId === null;
  return { kind: subject.kind, nativeId: String(lockVmid), isNew, nodes: load.nodes };
}

/** Of the command that runs. `commandLine`: without secrets. */
export function commandAuthor(commandLine: string, reason: string | null): ActionAuthor {
  return { user: userName(), host: os.hostname(), commandLine, reason };
}
