import path from 'node:path';
import { afterAll } from '@jest/globals';
import { databaseAt } from '../helpers/postgres.ts';
import { type ReplayAnswer, type ReplayAnswers, type ReplayRequest, startReplay } from '../helpers/replay-server.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Ran, runProgram, START } from '../helpers/world.ts';

/** A guest's row of /cluster/resources; what it leaves out is that of a stopped one on pve1. */
export interface FieldGuest {
  type: 'qemu' | 'lxc';
  vmid: number;
  name: string;
  [field: string]: unknown;
}

/** A small invented server with one node, as administrators described theirs. */
export interface FieldState {
  guests: readonly FieldGuest[];
  /** By vmid. */
  configs?: Readonly<Record<number, object>>;
  tasks?: readonly object[];
  log?: readonly object[];
  /** Takes the place of any answer: `GET /nodes/pve1/qemu?full=1`. */
  answers?: ReplayAnswers;
}

export interface FieldWorld {
  requests: ReplayRequest[];
  databaseUrl: string;
  /** Minutes since the start, by the program's clock and the server's. */
  advance(minutes: number): void;
  set(state: FieldState): void;
  rollcall(line: string): Promise<Ran>;
}

const RIGHTS = { 'VM.Audit': 1, 'Sys.Audit': 1, 'Datastore.Audit': 1, 'Pool.Audit': 1, 'Sys.Syslog': 1 };
const NODE = { type: 'node', id: 'node/pve1', node: 'pve1', status: 'online', maxcpu: 8, maxmem: 67_430_150_144 };

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});
const dir = tempDir();
let count = 0;

export function ok(data: unknown): ReplayAnswer {
  return { status: 200, reason: 'OK', body: { data } };
}

export async function openField(state: FieldState): Promise<FieldWorld> {
  let nowMs = START.getTime();
  let ids = 0;
  const server = await startReplay(answersOf(state), { date: () => new Date(nowMs) });
  closers.push(() => server.close());
  const env = {
    PROXMOX_VE_NAME: 'pve',
    PROXMOX_VE_ENDPOINT: server.url,
    PROXMOX_VE_FINGERPRINT: server.fingerprint,
    PROXMOX_VE_API_TOKEN: 'auditor@pve!ro=00000000-0000-4000-8000-000000000002',
    DATABASE_URL: await databaseAt(path.join(dir, `field-${(count += 1)}.db`)),
  };
  return {
    requests: server.requests,
    databaseUrl: env.DATABASE_URL,
    advance: (minutes) => {
      nowMs += minutes * 60_000;
    },
    set: (next) => server.set(answersOf(next)),
    rollcall: (line) =>
      runProgram(line, {
        env,
        cwd: dir,
        clock: () => new Date(nowMs),
        newId: () => `field${String((ids += 1)).padStart(11, '0')}`,
      }),
  };
}

function answersOf({ guests, configs = {}, tasks = [], log = [], answers = {} }: FieldState): ReplayAnswers {
  const rows = guests.map((guest) => ({ ...STOPPED, id: `${guest.type}/${guest.vmid}`, ...guest }));
  const lists = (['qemu', 'lxc'] as const).map((kind): [string, ReplayAnswer] => {
    const own = rows.filter(({ type }) => type === kind);
    return [
      `GET /nodes/pve1/${kind}`,
      ok(own.map(({ type: _, id: __, maxcpu, ...row }) => ({ ...row, cpus: maxcpu }))),
    ];
  });
  const read = rows.map(({ type, vmid, name }): [string, ReplayAnswer] => {
    const plain = type === 'qemu' ? { name, memory: '512', cores: 1, digest: 'd' } : { hostname: name, digest: 'd' };
    return [`GET /nodes/pve1/${type}/${vmid}/config`, ok(configs[vmid] ?? plain)];
  });
  return {
    'GET /version': ok({ version: '9.1.4', release: '9.1' }),
    'GET /access/permissions': ok({ '/': RIGHTS }),
    'GET /cluster/status': ok([{ type: 'node', id: 'node/pve1', name: 'pve1', online: 1, local: 1, nodeid: 1 }]),
    'GET /cluster/resources': ok([NODE, ...rows]),
    'GET /cluster/log?max=500': ok(log),
    'GET /cluster/tasks': ok([]),
    'GET /nodes/localhost/certificates/info': ok([
      { filename: 'pve-root-ca.pem', fingerprint: `${'AA:'.repeat(31)}AA` },
    ]),
    'GET /nodes/pve1/status': ok({ pveversion: 'pve-manager/9.1.4/abc' }),
    'GET /nodes/pve1/tasks?source=all&limit=500': ok(tasks),
    ...Object.fromEntries([...lists, ...read]),
    ...answers,
  };
}

const STOPPED = {
  node: 'pve1',
  status: 'stopped',
  template: 0,
  maxcpu: 1,
  maxmem: 536_870_912,
  maxdisk: 8_589_934_592,
  cpu: 0,
  mem: 0,
  disk: 0,
  uptime: 0,
};
