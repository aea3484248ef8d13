import fc from 'fast-check';
import { TABLES } from '../../src/generated/tables.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import type { Document, Patch } from '../../src/types/document.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { Explanation, PlannedChange, ResourceType } from '../../src/types/history.ts';
import type {
  GuestWrite,
  KnownState,
  NodeWrite,
  PlannedSnapshot,
  StorageWrite,
  SyncPlan,
  UnexplainedChange,
} from '../../src/types/plan.ts';
import { at, CONFIG, change, guest, node, plan, storage, task } from './plans.ts';
import { eventRecord, logLine } from './records.ts';
import { beginAction, endAction, guestPlan, sentCall } from './stored-actions.ts';

/** How a resource is after a run, and who is said to have changed it. */
export interface Outcome {
  type: ResourceType;
  /** Which of the resources of its type: they are few, so that histories meet. */
  place: number;
  /** null: it is gone. */
  document: Document | null;
  actor: string;
  evidence: 'task' | 'log' | 'event' | 'none';
  hasKeyframe: boolean;
  /** Whether two fields that changed become two changes, by two actors. */
  isSplit: boolean;
}

export type Action =
  /** A record that came late says who made the newest changes that nothing explains. */
  | { do: 'explain'; provider: 0 | 1; evidence: Exclude<Outcome['evidence'], 'none'> }
  | { do: 'sync'; provider: 0 | 1; outcomes: readonly Outcome[] }
  /** Writes to so many guests, and ends. */
  | { do: 'operate'; guests: number }
  /** Up to the revision that is so many before the last one. */
  | { do: 'prune'; keep: number };

const field = fc.integer({ min: 1, max: 3 });
const name = fc.constantFrom('web', 'db');
const guests = fc
  .record({ memory: field, cores: field, name }, { requiredKeys: ['memory'] })
  .map((fields): Document => ({ node: 'pve1', status: 'running', ...fields }));
const nodes = fc
  .record({ memoryBytes: field, cpus: field, version: name }, { requiredKeys: ['cpus'] })
  .map((fields): Document => ({ status: 'online', ...fields }));
const storages = fc
  .record({ type: name, shared: fc.boolean(), comment: name }, { requiredKeys: ['type'] })
  .map((fields): Document => ({ content: ['images'], ...fields }));

function outcomesOf(type: ResourceType, documents: fc.Arbitrary<Document>): fc.Arbitrary<Outcome> {
  return fc.record({
    type: fc.constant(type),
    place: fc.nat(1),
    document: fc.option(documents, { freq: 5 }),
    actor: fc.constantFrom('alice@pve', 'bob@pve', 'carol@pam'),
    evidence: fc.constantFrom('task', 'log', 'event', 'none'),
    hasKeyframe: fc.boolean(),
    isSplit: fc.boolean(),
  });
}

const outcome = fc.oneof(
  { weight: 3, arbitrary: outcomesOf('guest', guests) },
  { weight: 1, arbitrary: outcomesOf('node', nodes) },
  { weight: 1, arbitrary: outcomesOf('storage', storages) },
);
const outcomes = fc.uniqueArray(outcome, {
  selector: ({ type, place }) => `${type}/${place}`,
  minLength: 1,
  maxLength: 4,
});
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sync'), provider: fc.constantFrom(0, 1), outcomes }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune'), keep: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('operate'), guests: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('explain'),
      provider: fc.constantFrom(0, 1),
      evidence: fc.constantFrom('task', 'log', 'event'),
    }),
  },
);

/** The run of an action, from what is stored, as a real one is. `step`: its place in the story. */
export async function syncOf(connection: Connection, step: number, outcomes: readonly Outcome[], provider: number) {
  const repository = new SyncRepository(connection);
  const providerId = `provider-${provider}`;
  const known = await repository.loadKnown(providerId);
  const run = new RunWriter(providerId, known, step);
  for (const one of outcomes) run.perform(one);
  return repository.apply(run.plan());
}

/** The run of a record that came late. */
export async function explainOf(
  connection: Connection,
  step: number,
  { provider, evidence }: Extract<Action, { do: 'explain' }>,
) {
  const repository = new SyncRepository(connection);
  const providerId = `provider-${provider}`;
  const { changes } = await repository.unexplained(providerId, at(0));
  const run = new RunWriter(providerId, await repository.loadKnown(providerId), step);
  for (const one of changes.slice(-2)) run.explain(one, evidence);
  return repository.apply(run.plan());
}

export async function operateOf(connection: Connection, step: number, guests: number): Promise<void> {
  const now = at(100 * (step + 1));
  const steps = Array.from({ length: guests }, (_, place) => {
    const calls = [sentCall({ sentAt: now.toISOString(), endedAt: now.toISOString(), outcome: 'ok' })];
    const vmid = 100 + place;
    const plan = guestPlan({ vmid, guestId: `guest-${place}` });
    return { plan, state: place === 1 ? 'failed' : 'done', calls } as const;
  });
  const id = `operation-${step}`;
  await beginAction(connection, { id, steps, now });
  await endAction(connection, { id, now });
}

const RECORD = {
  verb: 'configure',
  targetName: 'web',
  place: 'esx1',
  credential: 'key-1',
  sets: { memory: 2 },
  touches: ['cores'],
} as const;

type Resource = GuestWrite | NodeWrite | StorageWrite;

class RunWriter {
  readonly #providerId: string;
  readonly #known: KnownState;
  readonly #step: number;
  readonly #guests: GuestWrite[] = [];
  readonly #nodes: NodeWrite[] = [];
  readonly #storages: StorageWrite[] = [];
  readonly #changes: PlannedChange[] = [];
  readonly #snapshots: PlannedSnapshot[] = [];
  readonly #explanations: Explanation[] = [];
  readonly #records: AuditRecord[] = [];

  constructor(providerId: string, known: KnownState, step: number) {
    this.#providerId = providerId;
    this.#known = known;
    this.#step = step;
  }

  perform(outcome: Outcome): void {
    const known = this.#find(outcome);
    if (known === undefined && outcome.document !== null) this.#create(outcome, outcome.document);
    else if (known !== undefined && outcome.document === null) this.#remove(outcome, known);
    else if (known !== undefined && outcome.document !== null) this.#change(outcome, known, outcome.document);
  }

  explain(stored: UnexplainedChange, evidence: Outcome['evidence']): void {
    const { rev, seq, observedAt, resourceType, kind, event, resourceId, patch, notBefore } = stored;
    const outcome = { type: resourceType, actor: 'erin@pve', evidence };
    const { attribution } = this.#explained(outcome, resourceId, kind, patch);
    const effectiveAt = this.#records.at(-1)?.at ?? null;
    const told = { ...attribution, effectiveAt, notBefore };
    this.#explanations.push({ rev, seq, observedAt, resourceType, kind, event, attribution: told });
  }

  plan(): SyncPlan {
    return plan(this.#providerId, {
      run: { id: `run-${this.#step}`, startedAt: this.#at(-1), finishedAt: this.#at(0) },
      guests: this.#guests,
      nodes: this.#nodes,
      storages: this.#storages,
      changes: this.#changes,
      explanations: this.#explanations,
      snapshots: this.#snapshots,
      records: this.#records,
    });
  }

  #find({ type, place }: Outcome): Resource | undefined {
    if (type === 'node') return this.#known.nodes.find(({ name }) => name === `node-${place}`);
    if (type === 'storage') return this.#known.storages.find(({ name }) => name === `storage-${place}`);
    const found = this.#known.guests.find(({ vmid }) => vmid === 100 + place);
    return found && guest(found.id, Number(found.nativeId), { ...found, previousId: null });
  }

  #create(outcome: Outcome, document: Document): void {
    const { type, place } = outcome;
    const id = `${this.#providerId}-${type}-${place}-${this.#step}`;
    const seen = { document, firstSeenAt: this.#at(-1), lastSeenAt: this.#at(-1) };
    if (type === 'guest') this.#guests.push(guest(id, 100 + place, { ...seen, previousId: `before-${id}` }));
    else if (type === 'node') this.#nodes.push(node(id, `node-${place}`, seen));
    else this.#storages.push(storage(id, `storage-${place}`, seen));
    this.#changes.push(this.#explained(outcome, id, 'created', diffDocuments({}, document)));
    this.#snapshots.push({ resourceType: type, resourceId: id, reason: 'created', document });
  }

  #remove(outcome: Outcome, known: Resource): void {
    const gone = { presence: 'gone', presenceReason: `destroyed by ${outcome.actor}`, goneAt: this.#at(0) } as const;
    this.#write(outcome, { ...known, ...gone });
    this.#changes.push(this.#explained(outcome, known.id, 'removed', diffDocuments(known.document, {})));
    this.#snapshots.push({
      resourceType: outcome.type,
      resourceId: known.id,
      reason: 'removed',
      document: known.document,
    });
  }

  #change(outcome: Outcome, known: Resource, document: Document): void {
    const patch = diffDocuments(known.document, document);
    if (patch.length === 0) return;
    this.#write(outcome, { ...known, document });
    const cut = outcome.isSplit && patch.length > 1 ? 1 : patch.length;
    this.#changes.push(this.#explained(outcome, known.id, 'changed', patch.slice(0, cut)));
    const other = { ...outcome, actor: 'dora@pve' };
    if (cut < patch.length) this.#changes.push(this.#explained(other, known.id, 'changed', patch.slice(cut)));
    if (!outcome.hasKeyframe) return;
    this.#snapshots.push({ resourceType: outcome.type, resourceId: known.id, reason: 'keyframe', document });
  }

  #write({ type }: Outcome, resource: Resource): void {
    if (type === 'guest' && 'vmid' in resource) this.#guests.push(resource);
    else if (type === 'node' && 'name' in resource) this.#nodes.push(resource);
    else if ('name' in resource) this.#storages.push(resource);
  }

  #explained(
    { type, actor, evidence }: Pick<Outcome, 'type' | 'actor' | 'evidence'>,
    id: string,
    kind: PlannedChange['kind'],
    patch: Patch,
  ): PlannedChange {
    const nobody = { actor: null, token: null, source: 'none', via: null, ref: null, confidence: 'none' } as const;
    const number = this.#changes.length + this.#explanations.length;
    const times = { effectiveAt: this.#at(-0.5), notBefore: this.#at(-10) };
    const base = { resourceType: type, kind, patch } as const;
    if (evidence === 'none') return change(id, { ...base, attribution: { ...nobody, ...times } });
    const common = { actor, token: null, confidence: 'exact', ...times } as const;
    if (evidence === 'task') {
      const upid = `UPID:pve1:0000${number}:00000001:${this.#step}:qmconfig:100:${actor}:`;
      this.#records.push(task(upid, { actor: actor, at: this.#at(-1), endedAt: this.#at(-0.5) }));
      return change(id, { ...base, attribution: { ...common, source: 'task', via: 'qmconfig', ref: upid } });
    }
    const uid = `${this.#step * 10 + number}`;
    if (evidence === 'event') {
      const ref = `event/${uid}`;
      const event = eventRecord({ ...RECORD, ref, actor, at: this.#at(-0.5) });
      this.#records.push(event);
      return change(id, { ...base, attribution: { ...common, source: 'event', via: event.native, ref } });
    }
    const message = `update VM 100: -memory ${number}`;
    const ref = `pve1/${uid}`;
    this.#records.push(logLine({ ref, at: this.#at(-0.5), actor, pid: 7, text: message }));
    return change(id, { ...base, attribution: { ...common, source: 'log', via: 'update VM', ref } });
  }

  #at(seconds: number): Date {
    return at(100 * (this.#step + 1) + seconds);
  }
}

/** The database as it is before a story: two providers and nothing else. */
export async function beginStory({ db }: Connection): Promise<void> {
  // Each by itself: an edit may have left rows of a provider that is not there.
  for (const { table } of TABLES.toReversed()) await db.$executeRawUnsafe(`DELETE FROM "${table}"`);
  const epoch = '0123456789abcdef0123456789abcdef';
  const meta = { epoch, rev: 0, lastHash: epoch, lastAt: new Date(0) };
  await db.meta.create({ data: { id: 1, ...meta } });
  for (const id of ['provider-0', 'provider-1']) {
    const { name: _, endpoints, tls, credential, type } = CONFIG;
    const settings = { type, endpoints: [...endpoints], tls: { ...tls }, credential: { ...credential } };
    await db.provider.create({ data: { id, name: id, createdAt: at(0), incompleteSince: {}, ...settings } });
  }
}
