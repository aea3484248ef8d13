import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from '@jest/globals';
import type { LabFault, LabTaskRule } from '../../src/lab/lab.ts';
import type { ActionRepository } from '../../src/repositories/actions/action-repository.ts';
import type { OperationStep } from '../../src/types/action.ts';
import { AppError } from '../../src/types/errors.ts';
import { ACTOR, type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';
import { finish, start } from '../watch/processes.ts';
import { type ActingApp, AUTHOR, EVERYTHING, LIMITS, openActingApp, planOf, requestOf } from './acting-app.ts';
import { Random } from './random.ts';

const KILLS = Number(process.env['ROLLCALL_ACTION_KILLS'] ?? 4);
const SEED = Number(process.env['ROLLCALL_SEED'] ?? 1);
const now = () => new Date();

let world: ActingWorld;
let acting: ActingApp;

beforeAll(async () => {
  world = await openActingWorld({ nodes: 3, vms: 90, containers: 2, clock: Date.now });
  for (const { vmid, haState } of world.lab.guests()) if (haState !== null) world.lab.as('root@pam').setHa(vmid, null);
  acting = await openActingApp(world, now);
  expect(await world.run('discover-all --quiet', { io: { clock: now } })).toMatchObject({ status: 0 });
});

interface Outcome {
  state: string;
  /** Calls that were sent. */
  sent: number;
  /** Whether the guest is off in truth. */
  isOff: boolean;
}

interface Trouble {
  fault?: LabFault['effect'];
  times?: number;
  /** What it strikes; by default the call itself. */
  strikes?: string;
  rule?: Omit<LabTaskRule, 'vmid'>;
  /** After the call was written down, before it is sent. */
  beforeSend?: (vmid: number, node: string) => void;
  /** After its task was told. */
  afterSend?: (vmid: number, node: string) => void;
  /** Writes to the database that fail after the call was sent. */
  databaseAway?: number;
  /** Gives up following after so long; another process resumes. */
  insistMs?: number;
}

const taken = new Set<number>();

/** A running VM that no other test has, not on the node that answers for all. */
function takeGuest(): { vmid: number; node: string } {
  const found = world.lab.guests().find(({ vmid, kind, power, node, config }) => {
    const isPlain = kind === 'qemu' && power === 'running' && config['template'] === undefined;
    return isPlain && node !== 'pve1' && !taken.has(vmid);
  });
  if (found === undefined) throw new Error('the lab has no more guests');
  taken.add(found.vmid);
  return found;
}

async function shutDown({ vmid, node }: { vmid: number; node: string }, trouble: Trouble): Promise<OperationStep> {
  const { lab } = world;
  const guest = (await acting.guests()).find((one) => one.vmid === vmid);
  if (guest === undefined) throw new Error(`${vmid} is not in the inventory`);
  const action = { verb: 'shutdown', timeoutSeconds: null, forceStop: false } as const;
  const plans = await acting.plan([requestOf(guest, action)]);
  const service = acting.service({ repository: troubled(trouble, { vmid, node }) });
  const held = await service.begin(planOf(acting.deps.newId(), plans), AUTHOR, LIMITS);
  const { fault, times = 1, strikes = `^POST /nodes/${node}/qemu/${vmid}/status/shutdown$`, rule } = trouble;
  if (rule !== undefined) lab.taskRules.add({ ...rule, vmid });
  if (fault !== undefined)
    lab.faults.add({ match: new RegExp(strikes.replace('VMID', `${vmid}`)), times, effect: fault });
  const insist = new AbortController();
  const { id } = held;
  await service.perform(held, {
    ...EVERYTHING,
    insist: insist.signal,
    onEvent: ({ kind }) => {
      if (kind === 'sent' && trouble.insistMs !== undefined) setTimeout(() => insist.abort(), trouble.insistMs);
    },
  });
  const [step] = await acting.repository.steps(id);
  if (step?.state !== 'running') return step as OperationStep;
  trouble.afterSend?.(vmid, node);
  const other = acting.service();
  await other.perform(await other.takeOver({ id }), { ...EVERYTHING, onEvent: () => undefined });
  const [resumed] = await acting.repository.steps(id);
  return resumed as OperationStep;
}

function troubled(trouble: Trouble, { vmid, node }: { vmid: number; node: string }): ActionRepository {
  const { repository } = acting;
  let [isTold, away] = [false, 0];
  const change: ActionRepository['change'] = async (step, holder) => {
    const isSent = isTold;
    if (isSent && away < (trouble.databaseAway ?? 0)) {
      away += 1;
      throw new AppError('database', 'The database does not answer', { retryable: true });
    }
    const isWritten = await repository.change(step, holder);
    if (!isTold && step.calls.length > 0) {
      isTold = true;
      trouble.beforeSend?.(vmid, node);
    } else if (step.calls[0]?.ref != null && step.state === 'running' && trouble.insistMs === undefined)
      trouble.afterSend?.(vmid, node);
    return isWritten;
  };
  return Object.create(repository, {
    change: { value: change },
    ...Object.fromEntries(
      (['begin', 'steps', 'knownRefs', 'holder', 'takeOver', 'release', 'finish'] as const).map((name) => [
        name,
        { value: repository[name].bind(repository) },
      ]),
    ),
  }) as ActionRepository;
}

async function outcome(trouble: Trouble): Promise<Outcome> {
  const guest = takeGuest();
  const { state } = await shutDown(guest, trouble);
  const sent = world.lab.writes.filter(({ path }) => path.includes(`/${guest.vmid}/`));
  expect(sent.map(({ authid }) => authid)).toEqual(sent.map(() => ACTOR));
  return { state, sent: sent.length, isOff: world.lab.guest(guest.vmid).power === 'stopped' };
}

const DONE: Outcome = { state: 'done', sent: 1, isOff: true };
const NOT_DONE = { sent: 1, isOff: false };

const TROUBLES: readonly [string, Trouble, Outcome][] = [
  ['nothing', {}, DONE],
  ['the connection is lost before the server acts', { fault: { kind: 'reset' } }, { state: 'unknown', ...NOT_DONE }],
  ['the answer is lost', { fault: { kind: 'lose-answer' } }, DONE],
  ['the answer is cut', { fault: { kind: 'cut' } }, DONE],
  ['the server acts after the connection is lost', { fault: { kind: 'late', ms: 2500 } }, DONE],
  [
    'the server acts after anybody has looked',
    { fault: { kind: 'late', ms: 600_000 } },
    { state: 'unknown', ...NOT_DONE },
  ],
  ...[408, 502, 503, 504, 596, 599].map((status): [string, Trouble, Outcome] => [
    `somebody in between answers ${status}`,
    { fault: { kind: 'status', status } },
    DONE,
  ]),
  ['a page of a proxy', { fault: { kind: 'html' } }, DONE],
  ['an answer without a task', { fault: { kind: 'body', body: '{"data":null}' } }, DONE],
  ['an answer that is another', { fault: { kind: 'empty-list' } }, DONE],
  ['an answer that is no JSON', { fault: { kind: 'body', body: '{"data":"UPID' } }, DONE],
  [
    'a refusal',
    { beforeSend: (vmid) => world.lab.as('root@pam').setConfig(vmid, { lock: 'backup' }) },
    { state: 'failed', ...NOT_DONE },
  ],
  [
    'the answer is lost, and then the network for longer than one looks',
    { fault: { kind: 'lose-answer' }, beforeSend: (vmid) => void blind(vmid, 25_000) },
    DONE,
  ],
  [
    'the task cannot be followed for a while',
    {
      rule: { durationMs: 1500 },
      strikes: 'GET /nodes/pve\\d/tasks/.*%3AVMID%3A.*/status',
      fault: { kind: 'reset' },
      times: 12,
    },
    DONE,
  ],
  ['a task that fails', { rule: { ending: { kind: 'fails', text: 'no' } } }, { state: 'failed', ...NOT_DONE }],
  ['a task that warns', { rule: { ending: { kind: 'warns', count: 2 } } }, { ...DONE, state: 'warning' }],
  ['a task whose process dies', { rule: { ending: { kind: 'dies' } } }, { state: 'unknown', ...NOT_DONE }],
  [
    'a task that the server has forgotten',
    {
      rule: { durationMs: 500 },
      strikes: 'GET /nodes/pve\\d/tasks/.*%3AVMID%3A.*/status',
      fault: { kind: 'status', status: 500, reason: 'no such task' },
      times: 9,
    },
    { ...DONE, state: 'unknown' },
  ],
  [
    'a task that hangs, until somebody stops it',
    { rule: { ending: { kind: 'hangs' } }, insistMs: 1500, afterSend: (vmid) => void stopTask(vmid) },
    { state: 'failed', ...NOT_DONE },
  ],
  ['the process is told to leave it', { rule: { durationMs: 4000, effect: 'at-end' }, insistMs: 1000 }, DONE],
  ['the database is away after the call was sent', { databaseAway: 4 }, DONE],
  ['the database is away after an answer that was lost', { databaseAway: 4, fault: { kind: 'lose-answer' } }, DONE],
];

/** What is asked about the tasks of the node finds no answer; other guests are there as well. */
async function blind(vmid: number, ms: number): Promise<void> {
  const { node } = world.lab.guest(vmid);
  const remove = world.lab.faults.add({
    match: new RegExp(`^GET /nodes/${node}/tasks\\?(?!.*vmid)`),
    effect: { kind: 'reset' },
  });
  await sleep(ms);
  remove();
}

async function stopTask(vmid: number): Promise<void> {
  const task = world.lab
    .tasks()
    .find(({ id, exit, type }) => id === `${vmid}` && exit === null && type === 'qmshutdown');
  const [, secret = ''] = world.lab.token.split(/=(.*)/s);
  await sleep(500);
  await fetchDelete(
    `${world.lab.url}/api2/json/nodes/${task?.node}/tasks/${encodeURIComponent(task?.upid ?? '')}`,
    secret,
  );
}

async function fetchDelete(url: string, secret: string): Promise<void> {
  const { request } = await import('node:https');
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      url,
      { method: 'DELETE', rejectUnauthorized: false, headers: { Authorization: `PVEAPIToken=${ACTOR}=${secret}` } },
      (answer) => {
        answer.resume().on('end', resolve);
      },
    );
    sent.on('error', reject).end();
  });
  // Not of the program.
  world.lab.writes.splice(
    world.lab.writes.findIndex(({ method }) => method === 'DELETE'),
    1,
  );
}

it('sends each call once, and says what is so, whatever breaks', async () => {
  const found = await Promise.all(TROUBLES.map(async ([name, trouble]) => [name, await outcome(trouble)] as const));
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(TROUBLES.map(([name, , expected]) => [name, expected])));
}, 180_000);

it('a server that takes no connections was sent nothing, and a node that is lost tells nothing', async () => {
  const { lab } = world;
  const refused = await outcome({ beforeSend: () => void lab.stopListening() });
  await lab.resumeListening();
  expect(refused).toEqual({ state: 'failed', sent: 0, isOff: false });
  const lost = await outcome({
    rule: { durationMs: 3_000, effect: 'at-end' },
    afterSend: (_, node) => {
      if (taken.has(-1)) return;
      taken.add(-1);
      lab.node(node).powerOff();
      setTimeout(() => lab.node(node).powerOn(), 4_000);
    },
  });
  expect(lost).toEqual({ state: 'unknown', sent: 1, isOff: false });
}, 60_000);

it(
  `whoever is killed and when, no call is sent twice, and what is said to be done is (${KILLS} kills)`,
  async () => {
    const { lab, runEnv } = world;
    const random = new Random(SEED);
    lab.faults.clear();
    lab.taskRules.clear();
    lab.taskRules.add({ durationMs: 400, effect: 'at-end' });
    const vmids = Array.from({ length: 6 }, () => takeGuest().vmid);
    const counts: Record<string, number> = {};
    let isOn = true;
    for (let kill = 0; kill < KILLS; kill += 1) {
      expect(await finish(['discover-all', '--quiet'], runEnv)).toMatchObject({ status: 0 });
      const verb = isOn ? 'shutdown' : 'start';
      for (const vmid of vmids)
        if ((lab.guest(vmid).power === 'running') !== isOn) lab.as('root@pam')[isOn ? 'start' : 'stop'](vmid);
      await sleep(500);
      lab.clearRequests();
      const from = new Date();
      const args = [
        verb,
        ...vmids.map(String),
        '--yes',
        '--many',
        '--keep-going',
        '--parallel',
        '3',
        '--per-node',
        '3',
      ];
      // Two at once: one of them gets the guests.
      const both = [start(args, runEnv), start(args, runEnv)];
      const until = random.chance(0.3) ? 0 : random.below(vmids.length) + 1;
      while (lab.writes.length < until && both.some(({ child }) => child.exitCode === null)) await sleep(5);
      await sleep(random.below(until === 0 ? 2500 : 300));
      for (const { child } of both) child.kill('SIGKILL');
      await Promise.all(both.map(({ ended }) => ended));
      for (let tries = 0; tries < 5; tries += 1) {
        const open = (await acting.connection.db.operation.findMany({
          where: { kind: 'action', state: 'running' },
        })) as { id: string }[];
        if (open.length === 0) break;
        const resumed = open.flatMap(({ id }) => [
          start(['operations', 'resume', id], runEnv),
          start(['operations', 'resume', id], runEnv),
        ]);
        if (tries === 0 && random.chance(0.5)) {
          await sleep(random.below(3000));
          for (const { child } of resumed) child.kill('SIGKILL');
        }
        await Promise.all(resumed.map(({ ended }) => ended));
      }
      const open = await acting.connection.db.operation.count({ where: { kind: 'action', state: 'running' } });
      expect(open).toBe(0);
      await sleep(500);
      for (const { subject, state } of await stepsSince(from)) {
        counts[state] = (counts[state] ?? 0) + 1;
        const sent = lab.writes.filter(({ path }) => path.endsWith(`/${subject.vmid}/status/${verb}`));
        expect(sent.length).toBeLessThanOrEqual(1);
        const isThere = (lab.guest(subject.vmid).power === 'stopped') === isOn;
        if (state === 'done') expect(isThere).toBe(true);
        if (state === 'unknown') expect(sent.length).toBe(0);
        expect(['done', 'unknown']).toContain(state);
      }
      isOn = !isOn;
    }
    process.stdout.write(`kills: ${KILLS}, steps ${JSON.stringify(counts)} (seed ${SEED})\n`);
  },
  60_000 + KILLS * 60_000,
);

/** Of the operations that were begun since then; none where a process was killed before. */
async function stepsSince(from: Date): Promise<OperationStep[]> {
  const where = { kind: 'action', requestedAt: { gte: from } };
  const operations = (await acting.connection.db.operation.findMany({ where })) as { id: string }[];
  return (await Promise.all(operations.map(({ id }) => acting.repository.steps(id)))).flat();
}
