import { z } from 'zod';
import { AppError } from '../types/errors.ts';
import type { KnownState } from '../types/plan.ts';
import type { Db } from './connection.ts';
import { toKnownGuest, toNode, toStorage, toTask } from './inventory-rows.ts';
import { decode, GUEST, PRESENCE, PROVIDER } from './stored-json.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A backup is seldom restored later than that. */
const GONE_DAYS = 400;

const PERMISSIONS = z.record(z.string(), z.record(z.string(), z.boolean())).nullable();

/** What is stored of a provider. `recentTasks` and `elsewhere` count back from its last run, not from the clock. */
export async function loadKnown(db: Db, providerId: string): Promise<KnownState> {
  const providers = await db.provider.findMany({ where: { OR: [{ id: providerId }, { removedAt: null }] } });
  const provider = providers.find(({ id }) => id === providerId);
  if (!provider) throw new AppError('not-found', `There is no provider ${providerId} in the database`);
  const { name, lastCompleteAt, lastRunAt } = provider;
  const what = `provider ${name}`;
  const here = { providerId, presence: { not: 'gone' } };
  const guests = await db.guest.findMany({ where: here, orderBy: { vmid: 'asc' } });
  const nodes = await db.node.findMany({ where: here, orderBy: { name: 'asc' } });
  const storages = await db.storage.findMany({ where: here, include: { onNodes: true }, orderBy: { name: 'asc' } });
  const held = await db.heldRemoval.findMany({ where: { providerId } });
  return {
    providerId,
    providerName: name,
    identity: decode(PROVIDER.shape.identity, provider.identity, what),
    otherProviders: providers.flatMap((other) => {
      const identity = decode(PROVIDER.shape.identity, other.identity, `provider ${other.name}`);
      return other === provider || identity === null ? [] : [{ name: other.name, identity }];
    }),
    permissions: decode(PERMISSIONS, provider.permissions, what),
    guests: guests.map((row) => toKnownGuest(row, lastCompleteAt)),
    elsewhere: await loadElsewhere(db, providerId, daysBefore(lastRunAt, GONE_DAYS)),
    nodes: nodes.map((row) => toNode(row, lastCompleteAt)),
    storages: storages.map((row) => toStorage(row, lastCompleteAt)),
    held: held.map(({ guestId, firstHeldAt, runs, reason }) => ({ guestId, firstHeldAt, runs, reason })),
    incompleteSince: decode(PROVIDER.shape.incompleteSince, provider.incompleteSince, what),
    lastCompleteAt,
    recentTasks: await loadRecentTasks(db, providerId, daysBefore(lastRunAt, 1)),
  };
}

/** Only guests with an smbios uuid can be recognised elsewhere. */
async function loadElsewhere(db: Db, providerId: string, goneSince: Date): Promise<KnownState['elsewhere']> {
  const isRecent = { OR: [{ goneAt: null }, { goneAt: { gte: goneSince } }] };
  const isElsewhere = { OR: [{ providerId: { not: providerId } }, { presence: 'gone' }] };
  const rows = await db.guest.findMany({
    // A cluster that was removed and is watched again finds its machines as new ones, not as moved from itself.
    where: { uuid: { not: null }, AND: [isElsewhere, isRecent], provider: { is: { removedAt: null } } },
    select: { id: true, providerId: true, kind: true, vmid: true, identity: true, goneAt: true, presence: true },
    orderBy: { id: 'asc' },
  });
  return rows.map((row) => {
    const { kind, identity } = decode(GUEST.pick({ kind: true, identity: true }), row, `guest ${row.id}`);
    return { ...row, kind, identity, presence: decode(PRESENCE, row.presence, `guest ${row.id}`) };
  });
}

async function loadRecentTasks(db: Db, providerId: string, since: Date): Promise<KnownState['recentTasks']> {
  const rows = await db.task.findMany({
    where: { providerId, OR: [{ endedAt: null }, { endedAt: { gte: since } }] },
    orderBy: [{ startedAt: 'asc' }, { upid: 'asc' }],
  });
  return rows.map(toTask);
}

function daysBefore(time: Date | null, days: number): Date {
  return new Date(Math.max(0, (time?.getTime() ?? 0) - days * DAY_MS));
}
