import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type Lab, type LabFault, startLab } from '../../../src/lab/lab.ts';
import { module } from '../../../src/providers/proxmox/module.ts';
import { Door } from '../../helpers/door.ts';
import {
  type Fault,
  type FaultName,
  type Hand,
  NO_CLOUD,
  type Subject,
  type SubjectKind,
  type TrueGuest,
} from './subject.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const READER = 'rollcall@pve';
const LISTINGS = /^GET \/(?:cluster\/resources|nodes\/[^/]+\/(?:qemu|lxc)(?:\?|$))/;
const RECORDS = /^GET \/(?:cluster\/(?:log|tasks)|nodes\/[^/]+\/tasks)/;
const PLATFORM = { nodes: 3, vms: 6, containers: 2, broadcastLagMs: 0 };

/** Proxmox VE: the lab, behind an address that can lead to another one. */
export const PROXMOX: SubjectKind = { kind: 'proxmox', open, cannot: NO_CLOUD, untold: {}, maxRequests: 29 };

async function open({ seed }: { seed: number }): Promise<Subject> {
  let nowMs = START_MS;
  const clock = (): number => nowMs;
  const lab = await startLab({ ...PLATFORM, seed, clock });
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const door = await Door.open(lab.url);
  const { password } = lab.password;
  // The lab refuses to destroy what HA manages.
  for (const { vmid, haState } of lab.guests()) if (haState !== null) lab.as('root@pam').setHa(vmid, null);
  return {
    module,
    settings: {
      endpoints: [door.url],
      tls: { insecure: true },
      // As every lab has it, so that another one lets the provider in.
      credential: { kind: 'password', user: READER, password },
    },
    secrets: [password, lab.auditorToken.split('=')[1] ?? ''],
    actors: ['alice@pve', 'bob@pve', 'carol@pve'],
    places: ['pve1', 'pve2', 'pve3'],
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () => lab.guests().map(toTrueGuest),
    hand: labHand(lab),
    faults: labFaults(lab, { door, clock, seed }),
    close: async () => {
      await door.shut();
      await lab.close();
    },
  };
}

function toTrueGuest({ vmid, name, power, node, effective }: ReturnType<Lab['guest']>): TrueGuest {
  return {
    nativeId: String(vmid),
    name,
    status: power === 'stopped' ? 'stopped' : 'running',
    place: node,
    memoryMiB: Number(effective['memory'] ?? 512),
  };
}

function labHand(lab: Lab): Hand {
  const create = (actor: string, name: string, vmid?: number): string =>
    String(lab.as(actor).create('qemu', { name, memory: 512, node: 'pve1', ...(vmid !== undefined && { vmid }) }));
  return {
    create: async (actor, name) => create(actor, name),
    remove: async (actor, id) => void lab.as(actor).destroy(Number(id)),
    recreate: async (actor, id) => {
      const { name } = lab.guest(Number(id));
      lab.as(actor).destroy(Number(id));
      return create(actor, name, Number(id));
    },
    rename: async (actor, id, name) => {
      const field = lab.guest(Number(id)).kind === 'qemu' ? 'name' : 'hostname';
      lab.as(actor).setConfig(Number(id), { [field]: name });
    },
    setPower: async (actor, id, status) => {
      if (status === 'running') lab.as(actor).start(Number(id));
      else lab.as(actor).stop(Number(id));
    },
    setMemory: async (actor, id, memory) => lab.as(actor).setConfig(Number(id), { memory }),
    move: async (actor, id, place) => void lab.as(actor).migrate(Number(id), place),
  };
}

function labFaults(
  lab: Lab,
  { door, clock, seed }: { door: Door; clock: () => number; seed: number },
): Partial<Record<FaultName, Fault>> {
  const effect =
    (effect: LabFault['effect'], match = LISTINGS): Fault =>
    async () => {
      const end = lab.faults.add({ match, effect });
      return async () => end();
    };
  return {
    'failed-listing': effect({ kind: 'status', status: 500 }),
    'short-listing': effect({ kind: 'shorten', keep: 0.5 }),
    'empty-listing': effect({ kind: 'empty-list' }),
    'cut-listing': effect({ kind: 'cut' }),
    'slow-listing': effect({ kind: 'delay', ms: 300 }),
    garbled: effect({ kind: 'html' }),
    'failed-details': effect({ kind: 'status', status: 500 }, /^GET \/nodes\/[^/]+\/(?:qemu|lxc)\/\d+\/config/),
    'lost-records': effect({ kind: 'status', status: 500 }, RECORDS),
    'duplicated-listing': async () => {
      const paths = new Set(lab.requests.map(({ method, path }) => `${method} ${path}`));
      const listings = [...paths].filter((path) => LISTINGS.test(path)).map((path) => path.replace('GET ', ''));
      const bodies = await Promise.all(listings.map((path) => doubled(lab, path)));
      const ends = bodies.map(({ path, body }) =>
        lab.faults.add({ match: exactly(`GET ${path}`), effect: { kind: 'body', body } }),
      );
      return async () => {
        for (const end of ends) end();
      };
    },
    'lost-rights': async () => {
      lab.acl.revoke(READER, '/');
      const [first] = lab.guests();
      lab.acl.grant(READER, `/vms/${first?.vmid}`, 'PVEAuditor');
      return async () => {
        lab.acl.revoke(READER, `/vms/${first?.vmid}`);
        lab.acl.grant(READER, '/', 'PVEAuditor');
        lab.acl.grant(READER, '/', 'LogReader');
      };
    },
    // It has the same name, nodes and vmids, and lets the same user in.
    'other-system': async () => {
      const other = await startLab({ ...PLATFORM, seed: seed + 1_000, clock });
      door.leadTo(other.url);
      return async () => {
        door.leadTo(lab.url);
        await other.close();
      };
    },
  };
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`);
}

async function doubled(lab: Lab, path: string): Promise<{ path: string; body: string }> {
  const { data } = JSON.parse(await get(lab, path)) as { data: unknown[] };
  return { path, body: JSON.stringify({ data: data.flatMap((row) => [row, row]) }) };
}

function get(lab: Lab, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `PVEAPIToken=${lab.auditorToken}` };
    request(`${lab.url}/api2/json${path}`, { ca: lab.caPem, headers }, (answer) => resolve(text(answer)))
      .once('error', reject)
      .end();
  });
}
