import fc from 'fast-check';
import { TABLES } from '../../src/generated/tables.ts';
import type { Connection } from '../../src/repositories/db/connection.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import type { Document, Patch } from '../../src/types/document.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import type { PlannedChange, ResourceType } from '../../src/types/history.ts';
import type {
  GuestWrite,
  KnownState,
  NodeWrite,
  PlannedSnapshot,
  StorageWrite,
  SyncPlan,
} from '../../src/types/plan.ts';
import type { LogEntry, Task } from '../../src/types/task.ts';
import { at, CONFIG, change, guest, node, plan, storage, task } from './plans.ts';

/** How a resource is after a run, and who is said to have changed it. */
export interface Deed {
  type: ResourceType;
  /** Which of the resources of its type: they are few, so that histories meet. */
  place: number;
  /** null: it is gone. */
  document: Document | null;
  actor: string;
  evidence: 'task' | 'log' | 'none';
  hasKeyframe: boolean;
  /** Whether two fields that changed become two changes, by two actors. */
  isSplit: boolean;
}

export type Action =
  | { do: 'sync'; provider: 0 | 1; deeds: readonly Deed[] }
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

function deedsOf(type: ResourceType, documents: fc.Arbitrary<Document>): fc.Arbitrary<Deed> {
  return fc.record({
    type: fc.constant(type),
    place: fc.nat(1),
    document: fc.option(documents, { freq: 5 }),
    actor: fc.constantFrom('alice@pve', 'bob@pve', 'carol@pam'),
    evidence: fc.constantFrom('task', 'log', 'none'),
    hasKeyframe: fc.boolean(),
    isSplit: fc.boolean(),
  });
}

const deed = fc.oneof(
  { weight: 3, arbitrary: deedsOf('guest', guests) },
  { weight: 1, arbitrary: deedsOf('node', nodes) },
  { weight: 1, arbitrary: deedsOf('storage', storages) },
);
const deeds = fc.uniqueArray(deed, {
  selector: ({ type, place }) => `${type}/${place}`,
  minLength: 1,
  maxLength: 4,
});
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sync'), provider: fc.constantFrom(0, 1), deeds }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune'), keep: fc.nat(3) }) },
);

/** The run of an action, from what is stored, as a real one is. `step`: its place in the story. */
export async function syncOf(connection: Connection, step: number, deeds: readonly Deed[], provider: number) {
  const repository = new SyncRepository(connection);
  const providerId = `provider-${provider}`;
  const known = await repository.loadKnown(providerId);
  const run = new RunWriter(providerId, known, step);
  for (const one of deeds) run.perform(one);
  return repository.apply(run.plan());
}

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
  readonly #tasks: Task[] = [];
  readonly #log: LogEntry[] = [];

  constructor(providerId: string, known: KnownState, step: number) {
    this.#providerId = providerId;
    this.#known = known;
    this.#step = step;
  }

  perform(deed: Deed): void {
    const known = this.#find(deed);
    if (known === undefined && deed.document !== null) this.#create(deed, deed.document);
    else if (known !== undefined && deed.document === null) this.#remove(deed, known);
    else if (known !== undefined && deed.document !== null) this.#change(deed, known, deed.document);
  }

  plan(): SyncPlan {
    return plan(this.#providerId, {
      run: { id: `run-${this.#step}`, startedAt: this.#at(-1), finishedAt: this.#at(0) },
      guests: this.#guests,
      nodes: this.#nodes,
      storages: this.#storages,
      changes: this.#changes,
      snapshots: this.#snapshots,
      tasks: this.#tasks,
      log: this.#log,
    });
  }

  #find({ type, place }: Deed): Resource | undefined {
    if (type === 'node') return this.#known.nodes.find(({ name }) => name === `node-${place}`);
    if (type === 'storage') return this.#known.storages.find(({ name }) => name === `storage-${place}`);
    const found = this.#known.guests.find(({ vmid }) => vmid === 100 + place);
    return found && guest(found.id, found.vmid, { ...found, previousId: null });
  }

  #create(deed: Deed, document: Document): void {
    const { type, place } = deed;
    const id = `${this.#providerId}-${type}-${place}-${this.#step}`;
    const seen = { document, firstSeenAt: this.#at(-1), lastSeenAt: this.#at(-1) };
    if (type === 'guest') this.#guests.push(guest(id, 100 + place, { ...seen, previousId: `before-${id}` }));
    else if (type === 'node') this.#nodes.push(node(id, `node-${place}`, seen));
    else this.#storages.push(storage(id, `storage-${place}`, seen));
    this.#changes.push(this.#explained(deed, id, 'created', diffDocuments({}, document)));
    this.#snapshots.push({ resourceType: type, resourceId: id, reason: 'created', document });
  }

  #remove(deed: Deed, known: Resource): void {
    const gone = { presence: 'gone', presenceReason: `destroyed by ${deed.actor}`, goneAt: this.#at(0) } as const;
    this.#write(deed, { ...known, ...gone });
    this.#changes.push(this.#explained(deed, known.id, 'removed', diffDocuments(known.document, {})));
    this.#snapshots.push({
      resourceType: deed.type,
      resourceId: known.id,
      reason: 'removed',
      document: known.document,
    });
  }

  #change(deed: Deed, known: Resource, document: Document): void {
    const patch = diffDocuments(known.document, document);
    if (patch.length === 0) return;
    this.#write(deed, { ...known, document });
    const cut = deed.isSplit && patch.length > 1 ? 1 : patch.length;
    this.#changes.push(this.#explained(deed, known.id, 'changed', patch.slice(0, cut)));
    const other = { ...deed, actor: 'dora@pve' };
    if (cut < patch.length) this.#changes.push(this.#explained(other, known.id, 'changed', patch.slice(cut)));
    if (!deed.hasKeyframe) return;
    this.#snapshots.push({ resourceType: deed.type, resourceId: known.id, reason: 'keyframe', document });
  }

  #write({ type }: Deed, resource: Resource): void {
    if (type === 'guest' && 'vmid' in resource) this.#guests.push(resource);
    else if (type === 'node' && 'name' in resource) this.#nodes.push(resource);
    else if ('name' in resource) this.#storages.push(resource);
  }

  #explained({ type, actor, evidence }: Deed, id: string, kind: PlannedChange['kind'], patch: Patch): PlannedChange {
    const nobody = { actor: null, token: null, source: 'none', via: null, ref: null, confidence: 'none' } as const;
    const number = this.#changes.length;
    const times = { effectiveAt: this.#at(-0.5), notBefore: this.#at(-10) };
    const base = { resourceType: type, kind, patch } as const;
    if (evidence === 'none') return change(id, { ...base, attribution: { ...nobody, ...times } });
    const common = { actor, token: null, confidence: 'exact', ...times } as const;
    if (evidence === 'task') {
      const upid = `UPID:pve1:0000${number}:00000001:${this.#step}:qmconfig:100:${actor}:`;
      this.#tasks.push(task(upid, { user: actor, startedAt: this.#at(-1), endedAt: this.#at(-0.5) }));
      return change(id, { ...base, attribution: { ...common, source: 'task', via: 'qmconfig', ref: upid } });
    }
    const uid = `${this.#step * 10 + number}`;
    const message = `update VM 100: -memory ${number}`;
    const line = { node: 'pve1', uid, at: this.#at(-0.5), user: actor, token: null, tag: 'pvedaemon', pid: 7 };
    this.#log.push({ ...line, message, update: null });
    return change(id, { ...base, attribution: { ...common, source: 'log', via: 'update VM', ref: `pve1/${uid}` } });
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
