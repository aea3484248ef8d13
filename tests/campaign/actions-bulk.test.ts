import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from '@jest/globals';
import { ACTOR, type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { start } from '../watch/processes.ts';

const GUESTS = Number(process.env['ROLLCALL_BULK_GUESTS'] ?? 120);
const NODES = 5;
const LIMITS = ['--parallel', '12', '--per-node', '3'];
const now = () => new Date();

let world: ActingWorld;

beforeAll(async () => {
  const containers = Math.floor(GUESTS / 5);
  world = await openActingWorld({ nodes: NODES, vms: 0, containers: 0, clock: Date.now });
  const { lab } = world;
  const root = lab.as('root@pam');
  for (let index = 0; index < GUESTS; index += 1) {
    const kind = index < GUESTS - containers ? 'qemu' : 'lxc';
    const [vmid, name] = [1000 + index, `bulk-${index}`];
    root.create(kind, {
      vmid,
      name,
      node: `pve${(index % NODES) + 1}`,
      ...(index % 4 < 3 && { startup: `order=${index % 4}` }),
    });
    root.start(vmid);
  }
  await sleep(2100);
  expect(await world.run('discover-all --quiet', { io: { clock: now } })).toMatchObject({ status: 0 });
  lab.taskRules.add({ durationMs: 60, effect: 'at-end' });
}, 120_000);

interface Shown {
  operationId: string;
  steps: { vmid: number; state: string; message: string | null }[];
  stopped: string | null;
}

function powers(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { power } of world.lab.guests()) counts[power] = (counts[power] ?? 0) + 1;
  return counts;
}

/** Tasks of the one who acts, in the order in which they were begun. */
const isOwn = ({ authid }: { authid: string }) => authid === ACTOR;

function begin() {
  world.lab.clearRequests();
  return world.lab.tasks().length;
}

it(`${GUESTS} guests are shut down and started in order, within the limits at every instant, with few requests`, async () => {
  const { lab, runEnv } = world;
  // Long beside what a busy machine takes to begin one: the limits are what holds them back.
  const remove = lab.taskRules.add({ durationMs: 800 });
  for (const [verb, after] of [
    ['shutdown', 'stopped'],
    ['start', 'running'],
  ] as const) {
    const before = begin();
    const args = [verb, 'name=bulk-*', '--yes', '--many', '--order', 'startup', ...LIMITS, '-o', 'json', '--quiet'];
    const program = start(args, runEnv);
    expect([await program.ended, program.stderr()]).toEqual([0, '']);
    const { steps } = JSON.parse(program.stdout()) as Shown;
    expect(steps.map(({ state }) => state)).toEqual(steps.map(() => 'done'));
    expect(steps.length).toBe(GUESTS);
    expect(powers()).toEqual({ [after]: GUESTS });
    const own = lab.tasks().slice(before).filter(isOwn);
    expect(own.length).toBe(GUESTS);
    const startedAt = new Set(own.map(({ upid }) => upid));
    const most = lab.concurrency((task) => startedAt.has(task.upid));
    expect(most.all).toBeLessThanOrEqual(12);
    expect(most.all).toBeGreaterThan(6);
    expect(Math.max(...Object.values(most.perNode))).toBe(3);
    expect(groupsOf(own.map(({ id }) => Number(id)))).toEqual(verb === 'start' ? [0, 1, 2, 3] : [3, 2, 1, 0]);
    expect(lab.writes.map(({ status, authid }) => `${status} ${authid}`)).toEqual(own.map(() => `200 ${ACTOR}`));
    const reads = lab.requests.filter(({ method }) => method === 'GET');
    process.stdout.write(
      `${verb}: ${GUESTS} guests, at most ${most.all} at once, ${(reads.length / GUESTS).toFixed(1)} reads each\n`,
    );
    // Twice read for a plan (configuration, state, tasks), once for the history (configuration, state), and followed.
    const ofGuest = new Map<string, number>();
    for (const { path } of reads) {
      const kind = /^\/nodes\/[^/]+\/(?:qemu|lxc)\/\d+\/(config|status)|^\/nodes\/[^/]+\/(tasks\?.*vmid=)/.exec(path);
      const key = kind?.[1] ?? (kind?.[2] === undefined ? 'other' : 'tasks of it');
      ofGuest.set(key, (ofGuest.get(key) ?? 0) + 1);
    }
    expect(ofGuest.get('config')).toBe(3 * GUESTS);
    expect(ofGuest.get('status')).toBe(3 * GUESTS);
    expect(ofGuest.get('tasks of it')).toBe(2 * GUESTS);
  }
  remove();
}, 600_000);

/** The startup places in the order in which guests were acted on, each once where none is mixed with another. */
function groupsOf(vmids: readonly number[]): number[] {
  const places = vmids.map((vmid) => (vmid - 1000) % 4);
  return places.filter((place, index) => place !== places[index - 1]);
}

it('stops at the first failure, or goes on, with exact counts', async () => {
  const { lab, runEnv } = world;
  const vmid = 1010;
  for (const keepGoing of [false, true]) {
    const remove = lab.taskRules.add({
      vmid,
      type: ['qmshutdown', 'vzshutdown'],
      ending: { kind: 'fails', text: 'no' },
    });
    begin();
    const all = ['shutdown', 'name=bulk-*', '--yes', '--many', ...LIMITS, '-o', 'json', '--quiet'];
    const program = start([...all, ...(keepGoing ? ['--keep-going'] : [])], runEnv);
    expect([await program.ended, program.stderr()]).toEqual([1, '']);
    remove();
    const { steps } = JSON.parse(program.stdout()) as Shown;
    const count = (state: string) => steps.filter((step) => step.state === state).length;
    const [done, failed, skipped] = [count('done'), count('failed'), count('skipped')];
    expect({ failed, all: done + failed + skipped }).toEqual({ failed: 1, all: GUESTS });
    if (keepGoing) expect(skipped).toBe(0);
    else expect(skipped).toBeGreaterThan(GUESTS / 2);
    expect(lab.writes.length).toBe(done + failed);
    expect(powers()).toEqual({ stopped: done, running: GUESTS - done });
    const root = lab.as('root@pam');
    for (const guest of lab.guests()) if (guest.power === 'stopped') root.start(guest.vmid);
    await sleep(300);
  }
}, 600_000);

it('interrupted in the middle, what is under way is followed, and the rest is done once it is resumed', async () => {
  const { lab, runEnv } = world;
  begin();
  const program = start(['shutdown', 'name=bulk-*', '--yes', '--many', ...LIMITS, '-o', 'json', '--quiet'], runEnv);
  while (lab.writes.length < GUESTS / 3 && program.child.exitCode === null) await sleep(5);
  program.terminate();
  const status = await program.ended;
  const { steps, operationId } = JSON.parse(program.stdout()) as Shown;
  const done = steps.filter(({ state }) => state === 'done').length;
  expect({ status, waiting: steps.filter(({ state }) => state === 'waiting').length }).toEqual({
    status: 130,
    waiting: GUESTS - done,
  });
  expect(lab.writes.length).toBe(done);
  expect(powers()).toEqual({ stopped: done, running: GUESTS - done });
  const resumed = start(['operations', 'resume', operationId, '-o', 'json', '--quiet'], runEnv);
  expect(await resumed.ended).toBe(0);
  expect((JSON.parse(resumed.stdout()) as Shown).steps.filter(({ state }) => state === 'done').length).toBe(GUESTS);
  expect(lab.writes.length).toBe(GUESTS);
  expect(powers()).toEqual({ stopped: GUESTS });
}, 600_000);
