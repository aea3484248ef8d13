// @ts-check
// node bench/history-data.mjs URL [changes] [guests]: fills an empty database with the history of more than a year, through
// the code that writes it: a first discovery, then revisions of 1 to 30 changes, with keyframes as a sync makes them and a
// chain of hashes that `verify` accepts. The same arguments give the same history.
import { pathToFileURL } from 'node:url';

const dist = new URL('../dist/', import.meta.url);
/** @param {string} file */
const load = (file) => import(new URL(file, dist).href);

const END = Date.UTC(2026, 9, 1);
const DAYS = 400;
const CHANGES_PER_TRANSACTION = 10_000;
const NODES = Array.from({ length: 16 }, (_, i) => `pve${i + 1}`);
const ACTORS = Array.from({ length: 30 }, (_, i) => `${['anna', 'ben', 'carla'][i % 3]}${i}@pve`);

/** @typedef {import('../src/types/history.ts').PlannedChange} PlannedChange */
/** @typedef {import('../src/types/document.ts').Document} Document */
/** @typedef {{ id: string, vmid: number, document: Record<string, any>, changesSince: number, seenAt: Date }} Guest */

/**
 * @param {string} url
 * @param {{ changes: number, guests?: number }} size
 */
export async function makeHistory(url, { changes, guests: guestCount = 10_000 }) {
  const { openDatabase } = await load('repositories/database.js');
  const { SyncRepository } = await load('repositories/sync-repository.js');
  const { KEYFRAME_EVERY } = await load('services/sync/keyframes.js');
  const connection = await openDatabase(url);
  const repository = new SyncRepository(connection);
  const random = generator(changes + guestCount);
  const start = END - DAYS * 86_400_000;
  const provider = await repository.ensureProvider(providerConfig(), new Date(start));
  const guests = Array.from({ length: guestCount }, (_, index) => newGuest(index, new Date(start), random));
  await repository.apply(firstRun(provider.id, guests, new Date(start)));
  const writer = await openWriter(connection, provider.id);
  const revisions = Math.ceil(changes / 15.5);
  const everyMs = Math.floor((END - start) / (revisions + 1));
  for (let made = 0, run = 1; made < changes; run++) {
    const at = new Date(start + run * everyMs);
    const count = Math.min(changes - made, 1 + Math.floor(random() * 30));
    const [planned, snapshots] = [/** @type {PlannedChange[]} */ ([]), /** @type {any[]} */ ([])];
    const states = new Map();
    for (let i = 0; i < count; i++) {
      const guest = pick(guests, random);
      if (planned.some(({ resourceId }) => resourceId === guest.id)) continue;
      const change = nextChange(guest, at, everyMs, random);
      if (change.patch.length === 0) continue;
      planned.push(change);
      states.set(guest.id, guest.document);
      guest.changesSince += 1;
      if (guest.changesSince < KEYFRAME_EVERY) continue;
      guest.changesSince = 0;
      snapshots.push({ resourceType: 'guest', resourceId: guest.id, reason: 'keyframe', document: guest.document });
    }
    made += planned.length;
    await writer.add({ at, runId: `run${String(run).padStart(13, '0')}`, changes: planned, states, snapshots });
  }
  await writer.end(guests);
  await connection.close();
}

/** @param {any} connection @param {string} providerId */
async function openWriter(connection, providerId) {
  const { BulkWriter } = await load('repositories/bulk-write.js');
  const { writeHistory } = await load('repositories/write-history.js');
  const { findEvidence } = await load('repositories/evidence-rows.js');
  const { listIn } = await load('repositories/plan-revision.js');
  const { sealRevision } = await load('repositories/seal-revision.js');
  const { toSyncDetail } = await load('repositories/sync-detail.js');
  const { toGuestRow } = await load('repositories/sync-rows.js');
  const { GUESTS, LOG_ENTRIES, RUNS, TASKS } = await load('repositories/sync-tables.js');
  const { db, provider } = connection;
  const meta = await db.meta.findUniqueOrThrow({ where: { id: 1 } });
  let head = { rev: meta.rev, hash: meta.lastHash, at: meta.lastAt };
  const resources = { births: new Map(), ends: new Map() };
  /** @type {any[]} */
  let drafts = [];
  let gathered = 0;
  /** @param {any} evidence */
  const seal = (evidence) =>
    drafts.map((draft) => {
      const detail = toSyncDetail(draft.changes, { evidence, resources });
      const write = sealRevision(head, { ...draft, kind: 'sync', providerId, detail });
      head = write.revision;
      return write;
    });
  /** @param {Guest[]} guests */
  const flush = async (guests = []) => {
    await db.$transaction(
      async (/** @type {any} */ tx) => {
        const bulk = new BulkWriter(tx, provider);
        const changes = drafts.flatMap((draft) => draft.changes);
        await bulk.upsert(
          TASKS,
          changes.flatMap((change) => toTaskRow(providerId, change) ?? []),
        );
        await bulk.upsert(
          LOG_ENTRIES,
          changes.flatMap((change) => toLogRow(providerId, change) ?? []),
        );
        const writes = seal(await findEvidence(listIn(tx), { database: provider, providerId }, changes));
        await bulk.upsert(
          RUNS,
          writes.map(({ revision }) => toRunRow(providerId, revision)),
        );
        await writeHistory(tx, bulk, writes);
        await bulk.upsert(
          GUESTS,
          guests.map((guest) => toGuestRow({ providerId, seq: 0 }, toGuestWrite(guest))),
        );
        const { rev, hash: lastHash, at: lastAt } = head;
        await tx.meta.update({ where: { id: 1 }, data: { rev, lastHash, lastAt } });
      },
      { timeout: 600_000 },
    );
    [drafts, gathered] = [[], 0];
  };
  return {
    /** @param {{ at: Date, runId: string, changes: PlannedChange[], states: Map<string, Document>, snapshots: any[] }} draft */
    add: async (draft) => {
      drafts.push(draft);
      gathered += draft.changes.length;
      if (gathered >= CHANGES_PER_TRANSACTION) await flush();
    },
    /** @param {Guest[]} guests */
    end: (guests) => flush(guests),
  };
}

/** @param {string} providerId @param {PlannedChange} change */
function toTaskRow(providerId, { attribution: { source, ref: upid, via: type, actor: user, token, effectiveAt } }) {
  if (source !== 'task' || upid === null) return null;
  const [, node, , , , , targetId] = upid.split(':');
  const times = { startedAt: effectiveAt, endedAt: effectiveAt };
  const task = { providerId, upid, node, type, targetId, vmid: Number(targetId), user, token };
  return { ...task, ...times, state: 'ok', exitStatus: 'OK' };
}

/** @param {string} providerId @param {PlannedChange} change */
function toLogRow(providerId, { attribution: { source, ref, actor: user, token, effectiveAt: at }, patch }) {
  if (source !== 'log' || ref === null) return null;
  const [node, uid] = [ref.slice(0, ref.indexOf('/')), ref.slice(ref.indexOf('/') + 1)];
  const message = `update VM 100: ${patch.map(([path, , after]) => `-${path} ${String(after)}`).join(' ')}`;
  return { providerId, node, uid, at, user, token, tag: 'pvedaemon', pid: 4711, message };
}

function providerConfig() {
  return {
    name: 'bench',
    type: 'proxmox',
    endpoints: ['https://pve1:8006'],
    tls: { mode: 'system' },
    credential: { kind: 'token', tokenId: 'rollcall@pve!ro', secretRef: 'env:PROXMOX_VE_API_TOKEN' },
  };
}

/**
 * @param {string} providerId
 * @param {Guest[]} guests
 * @param {Date} at
 */
function firstRun(providerId, guests, at) {
  return {
    run: { ...toRunRow(providerId, { rev: 0, runId: 'run0000000000000', at }), rev: undefined },
    identity: { clusterName: 'bench', nodeNames: NODES },
    permissions: null,
    guests: guests.map(toGuestWrite),
    nodes: [],
    storages: [],
    held: null,
    incompleteSince: {},
    lastCompleteAt: at,
    changes: guests.map(({ id, document }) => ({
      resourceType: 'guest',
      resourceId: id,
      kind: 'created',
      event: null,
      patch: Object.entries(document)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, value]) => [path, null, value]),
      attribution: unknownActor(at, null),
    })),
    snapshots: guests.map(({ id, document }) => ({
      resourceType: 'guest',
      resourceId: id,
      reason: 'created',
      document,
    })),
    tasks: [],
    log: [],
    guestTelemetry: [],
    nodeTelemetry: [],
    storageOnNodes: [],
  };
}

/**
 * @param {string} providerId
 * @param {{ rev: number, runId: string, at: Date }} revision
 */
function toRunRow(providerId, { rev, runId, at }) {
  return {
    id: runId,
    providerId,
    trigger: 'auto',
    requested: ['vms'],
    startedAt: at,
    finishedAt: at,
    outcome: 'complete',
    scopes: [],
    counts: { total: 0, new: 0, removed: 0, existing: 0, changed: 0 },
    warnings: [],
    error: null,
    rev,
  };
}

/** @param {Guest} guest */
function toGuestWrite({ id, vmid, document, changesSince, seenAt }) {
  return {
    id,
    kind: 'qemu',
    vmid,
    document,
    identity: { uuid: `uuid-${id}` },
    readSections: ['config'],
    changesSince,
    lock: null,
    cpus: document['cores'],
    memoryBytes: document['memory'] * 2 ** 20,
    diskBytes: document['scsi0.size'],
    previousId: null,
    presence: 'present',
    presenceReason: null,
    unobservableSince: null,
    firstSeenAt: seenAt,
    lastSeenAt: seenAt,
    goneAt: null,
  };
}

/**
 * @param {number} index
 * @param {Date} seenAt
 * @param {() => number} random
 * @returns {Guest}
 */
function newGuest(index, seenAt, random) {
  const vmid = 100 + index;
  const mac = () => `BC:24:11:${[0, 0, 0].map(() => hex(random() * 256, 2)).join(':')}`;
  const document = {
    cores: 2,
    cpu: 'x86-64-v2-AES',
    description: `Runs service ${index % 700} for team ${index % 40}\n`,
    memory: 4096,
    name: `vm-${vmid}`,
    'net0.bridge': 'vmbr0',
    'net0.firewall': true,
    'net0.macaddr': mac(),
    'net0.model': 'virtio',
    'net0.tag': 100 + (index % 50),
    'net1.bridge': 'vmbr1',
    'net1.macaddr': mac(),
    'net1.model': 'virtio',
    node: NODES[index % NODES.length] ?? 'pve1',
    onboot: true,
    ostype: 'l26',
    'scsi0.discard': 'on',
    'scsi0.file': `ceph:vm-${vmid}-disk-0`,
    'scsi0.iothread': true,
    'scsi0.size': 34359738368,
    'scsi1.file': `ceph:vm-${vmid}-disk-1`,
    'scsi1.size': 107374182400,
    scsihw: 'virtio-scsi-single',
    'smbios1.uuid': `${hex(random() * 2 ** 32, 8)}-0000-4000-8000-${hex(random() * 2 ** 40, 12)}`,
    sockets: 1,
    status: 'running',
    tags: ['prod', 'web'],
    vmgenid: `${hex(random() * 2 ** 32, 8)}-0000-4000-8000-${hex(random() * 2 ** 40, 12)}`,
  };
  const id = `g${String(index).padStart(7, '0')}${hex(random() * 2 ** 32, 8).toLowerCase()}`;
  return { id, vmid, document, changesSince: 0, seenAt };
}

/**
 * A third are changed configurations, which a log line names; the others have a task, or nobody is known.
 * @param {Guest} guest
 * @param {Date} at
 * @param {number} windowMs
 * @param {() => number} random
 * @returns {PlannedChange}
 */
function nextChange(guest, at, windowMs, random) {
  const notBefore = new Date(at.getTime() - windowMs);
  const effectiveAt = new Date(Math.floor((at.getTime() - random() * windowMs) / 1000) * 1000);
  const actor = pick(ACTORS, random);
  const token = random() < 0.2 ? 'automation' : null;
  const { document, vmid } = guest;
  /** @param {string} type */
  const byTask = (type) => ({
    actor,
    token,
    source: 'task',
    via: type,
    ref: `UPID:${document['node']}:${hex(random() * 2 ** 22, 8)}:${hex(random() * 2 ** 31, 8)}:${hex(effectiveAt.getTime() / 1000, 8)}:${type}:${vmid}:${actor}${token ? `!${token}` : ''}:`,
    confidence: 'exact',
    effectiveAt,
    notBefore,
  });
  const byLog = () => {
    const uid = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256))).toString('base64');
    const [source, via, ref] = ['log', 'update VM', `${document['node']}/${uid.slice(0, 22)}`];
    return { actor, token, source, via, ref, confidence: 'exact', effectiveAt, notBefore };
  };
  const kind = random();
  if (kind < 0.15) return changed(guest, { memory: 1024 * (1 + Math.floor(random() * 32)) }, byLog());
  if (kind < 0.22) return changed(guest, { cores: 1 + Math.floor(random() * 16) }, byLog());
  if (kind < 0.3) {
    const moved = { 'net0.bridge': `vmbr${Math.floor(random() * 4)}`, 'net0.tag': 100 + Math.floor(random() * 900) };
    return changed(guest, moved, byLog());
  }
  if (kind < 0.33) return changed(guest, { description: `Runs service ${Math.floor(random() * 700)}\n` }, byLog());
  if (kind < 0.4) return changed(guest, { 'scsi1.size': document['scsi1.size'] + 2 ** 30 }, byTask('resize'));
  if (kind < 0.65) {
    const isRunning = document['status'] === 'running';
    return changed(guest, { status: isRunning ? 'stopped' : 'running' }, byTask(isRunning ? 'qmshutdown' : 'qmstart'));
  }
  if (kind < 0.85) return changed(guest, { node: pick(NODES, random) }, byTask('qmigrate'), 'migrated');
  if (kind < 0.92) return changed(guest, { tags: ['prod', pick(ACTORS, random)] }, unknownActor(null, notBefore));
  return changed(guest, { name: `vm-${vmid}-${Math.floor(random() * 100)}` }, unknownActor(null, notBefore));
}

/**
 * @param {Guest} guest
 * @param {Record<string, any>} fields
 * @param {any} attribution
 * @param {'migrated' | null} event
 * @returns {PlannedChange}
 */
function changed(guest, fields, attribution, event = null) {
  const before = guest.document;
  const patch = Object.entries(fields)
    .filter(([path, value]) => JSON.stringify(before[path]) !== JSON.stringify(value))
    .map(([path, value]) => /** @type {const} */ ([path, before[path] ?? null, value]));
  guest.document = { ...before, ...fields };
  return { resourceType: 'guest', resourceId: guest.id, kind: 'changed', event, patch, attribution };
}

/** @param {Date | null} effectiveAt @param {Date | null} notBefore */
function unknownActor(effectiveAt, notBefore) {
  const nobody = { actor: null, token: null, source: 'none', via: null, ref: null, confidence: 'none' };
  return { ...nobody, effectiveAt, notBefore };
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {() => number} random
 * @returns {T}
 */
function pick(list, random) {
  return /** @type {T} */ (list[Math.floor(random() * list.length)]);
}

/** @param {number} value @param {number} digits */
function hex(value, digits) {
  return Math.floor(value).toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * mulberry32: the same numbers for the same seed.
 * @param {number} seed
 * @returns {() => number}
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , url = '', changes = '10000', guests = '10000'] = process.argv;
  await makeHistory(url, { changes: Number(changes), guests: Number(guests) });
}
