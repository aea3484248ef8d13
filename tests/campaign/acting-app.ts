import { afterAll } from '@jest/globals';
import { App } from '../../src/app/app.ts';
import { openActing } from '../../src/app/open-acting.ts';
import { ActionRepository } from '../../src/repositories/actions/action-repository.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { OperationClaims } from '../../src/repositories/operations/operation-claims.ts';
import type { ActingProvider, ActionRunOptions } from '../../src/services/actions/action-run.ts';
import { type ActionAuthor, ActionService, type ActionServiceDeps } from '../../src/services/actions/action-service.ts';
import { type PlanRequest, planGuests, subjectOf } from '../../src/services/actions/plan-guests.ts';
import type { Action, ActionPlan, GuestPlan } from '../../src/types/action.ts';
import type { GuestRow } from '../../src/types/inventory.ts';
import type { ActingWorld } from '../helpers/acting-world.ts';

// Loaded when they are asked for: see world.ts.
import '../../src/app/open-services.ts';
import '../../src/app/settings-gate.ts';

export const AUTHOR: ActionAuthor = { user: 'ann', host: 'here', commandLine: 'rollcall …', reason: null };

/** Plans and performs in this process, over the database of a world. */
export interface ActingApp {
  app: App;
  connection: Connection;
  repository: ActionRepository;
  deps: ActionServiceDeps;
  guests: () => Promise<GuestRow[]>;
  /** As another process would: with connections, a claim and plans of its own. */
  service: (over?: Partial<ActionServiceDeps>) => ActionService;
  plan: (requests: readonly PlanRequest[]) => Promise<GuestPlan[]>;
  /** Knows nothing any more of what was read before. */
  reconnect: () => Promise<void>;
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

let apps = 0;

export async function openActingApp(world: ActingWorld, now = () => world.clock.now()): Promise<ActingApp> {
  const env = world.runEnv;
  const [signal, start] = [new AbortController().signal, `x${++apps}`];
  let ids = 0;
  const newId = () => `${start}${String(++ids).padStart(16 - start.length, '0')}`;
  const app = new App(
    { env, cwd: world.dir, signal, clock: now, newId },
    { warn: () => undefined, note: () => undefined },
  );
  app.configure({ isMaker: true, env, flags: {}, providers: [] });
  const connection = await app.connection();
  const repository = new ActionRepository(connection);
  const opened = new Map<string, Promise<ActingProvider>>();
  const provider = (id: string): Promise<ActingProvider> => {
    const known = opened.get(id) ?? app.storedProvider(id).then((row) => openActing(app, row, IO));
    opened.set(id, known);
    return known;
  };
  const reconnect = async () => {
    for (const one of opened.values()) (await one).acting.close();
    opened.clear();
  };
  closers.push(async () => {
    await reconnect();
    await app.close();
  });
  const deps: ActionServiceDeps = {
    repository,
    claims: new OperationClaims(connection),
    provider,
    key: await (await app.gate()).requireKey('actions'),
    clock: now,
    newId,
    newHolder: () => `1@here#${newId()}`,
    isDead: () => false,
    observe: async () => undefined,
  };
  return {
    app,
    connection,
    repository,
    deps,
    guests: async () => (await app.inventory()).listGuests(),
    service: (over = {}) => new ActionService({ ...deps, ...over }),
    plan: (requests) => planGuests(requests, { provider, signal, onProgress: () => undefined }),
    reconnect,
  };
}

/** As the program writes them down. */
export const LIMITS = { parallel: 8, perNode: 8, perStorage: 8, keepGoing: true };

const IO = { onWarning: () => undefined, insist: new AbortController().signal };

export function requestOf(guest: GuestRow, action: Action): PlanRequest {
  return { action, subject: subjectOf(guest) };
}

export function planOf(id: string, guests: readonly GuestPlan[]): ActionPlan {
  const createdAt = '2026-11-21T10:00:00.000Z';
  return { format: 1, id, createdAt, verb: guests[0]?.action.verb ?? 'start', reason: null, guests };
}

export const EVERYTHING: ActionRunOptions = {
  limits: { parallel: 8, perNode: 8, perStorage: 8 },
  keepsGoing: true,
  follows: true,
  stop: new AbortController().signal,
  insist: new AbortController().signal,
};
