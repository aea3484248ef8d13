// @ts-check
// One collector of bench/postgres.mjs: applies plans as syncs make them, in a process of its own.
//   node bench/postgres-collector.mjs URL NAME '{"guests":1000,"changed":10,"seconds":5}'
import { performance } from 'node:perf_hooks';

/** @param {string} file */
const load = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const { openDatabase } = await load('repositories/database.js');
const { SyncRepository } = await load('repositories/sync-repository.js');

const [url = '', name = '', given = '{}'] = process.argv.slice(2);
/** @type {{ guests: number, changed: number, seconds: number }} */
const { guests: count, changed, seconds } = JSON.parse(given);
const connection = await openDatabase(url);
const repository = new SyncRepository(connection);
const { id: providerId } = await repository.ensureProvider(
  {
    name,
    type: 'proxmox',
    endpoints: [`https://${name}:8006`],
    tls: { mode: 'system' },
    credential: { kind: 'token', tokenId: 'rollcall@pve!ro', secretRef: 'env:NONE' },
  },
  new Date(),
);

const guests = Array.from({ length: count }, (_, index) => newGuest(index));
let runs = 0;

/** A document as long as those of the lab: 1.1 kB. */
function newGuest(/** @type {number} */ index) {
  /** @type {Record<string, any>} */
  const document = { name: `vm-${index}`, node: `pve${index % 16}`, status: 'running', memory: 2048, cores: 2 };
  for (let disk = 0; disk < 2; disk++) {
    document[`scsi${disk}.file`] = `ceph:vm-${index}-disk-${disk}`;
    document[`scsi${disk}.size`] = 2 ** 35 + index;
    document[`scsi${disk}.iothread`] = true;
  }
  for (let net = 0; net < 2; net++) {
    document[`net${net}.model`] = 'virtio';
    document[`net${net}.macaddr`] = `BC:24:11:00:${net}0:${index.toString(16)}`;
    document[`net${net}.bridge`] = 'vmbr0';
    document[`net${net}.tag`] = index % 4000;
  }
  document['description'] = 'Owner: team\nRunbook: wiki/vm\n'.repeat(10);
  document['tags'] = ['prod', 'web'];
  return { id: `${name}-${index}`, vmid: 100 + index, document };
}

/** @param {ReturnType<typeof newGuest>} guest @param {Date} at */
const toWrite = ({ id, vmid, document }, at) => ({
  id,
  vmid,
  document,
  kind: 'qemu',
  identity: { uuid: id, ctime: 1_700_000_000, macs: ['BC:24:11:00:00:01'] },
  readSections: ['config'],
  changesSince: 0,
  lock: null,
  cpus: 2,
  memoryBytes: 2 ** 31,
  diskBytes: 2 ** 35,
  previousId: null,
  presence: 'present',
  presenceReason: null,
  unobservableSince: null,
  firstSeenAt: at,
  lastSeenAt: at,
  goneAt: null,
});

/** @param {ReturnType<typeof newGuest>} guest @param {any} change @param {Date} at */
const toChange = (guest, change, at) => ({
  resourceType: 'guest',
  resourceId: guest.id,
  event: null,
  attribution: {
    actor: 'alice@pve',
    token: null,
    source: 'log',
    via: 'update VM',
    ref: `pve1/${runs}`,
    confidence: 'exact',
    effectiveAt: at,
    notBefore: null,
  },
  ...change,
});

/** Milliseconds that it takes to store a run in which `some` guests were made or changed. */
async function apply(/** @type {'created' | 'changed'} */ kind, /** @type {number} */ some) {
  const at = new Date();
  runs += 1;
  const from = kind === 'created' ? 0 : (runs * some) % Math.max(1, count - some);
  const chosen = guests.slice(from, from + some);
  const changes = chosen.map((guest) => {
    const before = guest.document['memory'];
    if (kind === 'created')
      return toChange(
        guest,
        { kind, patch: Object.entries(guest.document).map(([key, value]) => [key, null, value]) },
        at,
      );
    guest.document['memory'] = before + 1;
    return toChange(guest, { kind, patch: [['memory', before, before + 1]] }, at);
  });
  const plan = {
    run: {
      id: `${name}${String(runs).padStart(12, '0')}`,
      providerId,
      trigger: 'auto',
      requested: ['nodes', 'vms'],
      startedAt: at,
      finishedAt: at,
      outcome: 'complete',
      scopes: [{ scope: 'guests', coverage: 'complete', count }],
      counts: { total: count, new: 0, removed: 0, existing: count, changed: some },
      warnings: [],
      error: null,
    },
    identity: null,
    permissions: null,
    guests: chosen.map((guest) => toWrite(guest, at)),
    nodes: [],
    storages: [],
    held: null,
    incompleteSince: {},
    lastCompleteAt: at,
    changes,
    snapshots:
      kind === 'created'
        ? chosen.map(({ id, document }) => ({ resourceType: 'guest', resourceId: id, reason: 'created', document }))
        : [],
    tasks: [],
    log: [],
    guestTelemetry: guests.map(({ id }) => ({
      guestId: id,
      cpu: 0.01 * (runs % 90),
      memoryUsedBytes: 2 ** 30 + runs,
      diskUsedBytes: 0,
      uptimeSeconds: runs * 60,
      netInBytes: runs * 1e6,
      netOutBytes: runs * 1e6,
    })),
    nodeTelemetry: [],
    storageOnNodes: [],
  };
  const started = performance.now();
  await repository.apply(plan);
  return performance.now() - started;
}

const firstMs = await apply('created', count);
// All begin together.
process.send?.({ ready: true, firstMs });
await new Promise((resolve) => process.once('message', resolve));
/** @type {number[]} */
const times = [];
const end = performance.now() + seconds * 1000;
while (performance.now() < end) times.push(await apply('changed', changed));
process.send?.({ times });
await connection.close();
process.disconnect();
