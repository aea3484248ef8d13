import fc from 'fast-check';
import type { Connection } from '../../src/repositories/db/connection.ts';
import type { Document, Value } from '../../src/types/document.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { PlannedChange } from '../../src/types/history.ts';
import type { GuestWrite, PlannedSnapshot, SyncPlan } from '../../src/types/plan.ts';
import { at, change, guest, plan } from './plans.ts';

/** What happens to one guest in one run; a document that is null is a removal. */
export interface Step {
  vmid: number;
  document: Document | null;
  keyframe: boolean;
}

/** The runs of a random history of a few guests. */
export const histories: fc.Arbitrary<Step[][]> = fc.array(
  fc.uniqueArray(
    fc.record({
      vmid: fc.integer({ min: 100, max: 103 }),
      document: fc.option(documents(), { freq: 4 }),
      keyframe: fc.boolean(),
    }),
    { selector: ({ vmid }) => vmid, maxLength: 3 },
  ),
  { minLength: 1, maxLength: 12 },
);

function documents(): fc.Arbitrary<Document> {
  return fc
    .record(
      {
        name: fc.constantFrom('web', 'db'),
        memory: fc.integer({ min: 1, max: 3 }),
        tags: fc.subarray(['a', 'b'], { minLength: 1 }),
        onboot: fc.constantFrom<Value>(0, 1),
      },
      { requiredKeys: [] },
    )
    .map((fields) => ({ node: 'pve1', status: 'running', ...fields }));
}

/** The plans of a history, and what is there after each of them: vmid to document. Seconds after `at(0)`, ten a run. */
export function toPlans(
  providerId: string,
  history: readonly Step[][],
): { plans: SyncPlan[]; states: ReadonlyMap<number, Document>[] } {
  const ids = new Map<number, string>();
  const now = new Map<number, Document>();
  const plans: SyncPlan[] = [];
  const states: ReadonlyMap<number, Document>[] = [];
  for (const [index, steps] of history.entries()) {
    const seconds = 10 * (index + 1);
    const writes: Writes = { guests: [], changes: [], snapshots: [] };
    for (const step of steps) write(step, { ids, now, seconds, ...writes });
    plans.push(
      plan(providerId, {
        ...writes,
        run: { id: `${providerId.slice(0, 8)}-run-${index}`, startedAt: at(seconds - 1), finishedAt: at(seconds) },
        lastCompleteAt: at(seconds),
      }),
    );
    states.push(new Map(now));
  }
  return { plans, states };
}

interface Writes {
  guests: GuestWrite[];
  changes: PlannedChange[];
  snapshots: PlannedSnapshot[];
}

interface World extends Writes {
  ids: Map<number, string>;
  now: Map<number, Document>;
  seconds: number;
}

function write({ vmid, document, keyframe }: Step, world: World): void {
  const { ids, now, seconds, guests, changes, snapshots } = world;
  const known = now.get(vmid);
  if (!known && !document) return;
  const id = (known && ids.get(vmid)) ?? `guest-${vmid}-${seconds}`;
  ids.set(vmid, id);
  const kind = !known ? 'created' : !document ? 'removed' : 'changed';
  const patch = diffDocuments(known ?? {}, document ?? {});
  if (kind === 'changed' && patch.length === 0) return;
  const gone = { presence: 'gone', goneAt: at(seconds), document: known ?? {} } as const;
  guests.push(guest(id, vmid, document ? { document, firstSeenAt: at(seconds), lastSeenAt: at(seconds) } : gone));
  changes.push(change(id, { kind, patch }));
  const shown = document ?? known ?? {};
  if (kind !== 'changed') snapshots.push({ resourceType: 'guest', resourceId: id, reason: kind, document: shown });
  else if (keyframe) snapshots.push({ resourceType: 'guest', resourceId: id, reason: 'keyframe', document: shown });
  if (document) now.set(vmid, document);
  else now.delete(vmid);
}

/** A database as if nothing had been synced. */
export async function emptyDatabase({ db }: Connection): Promise<void> {
  for (const table of ['explanations', 'changes', 'state_snapshots', 'revisions', 'texts', 'providers']) {
    await db.$executeRawUnsafe(`DELETE FROM "${table}"`);
  }
  const meta = await db.meta.findUniqueOrThrow({ where: { id: 1 } });
  await db.meta.update({ where: { id: 1 }, data: { rev: 0, lastAt: new Date(0), lastHash: meta.epoch } });
}
