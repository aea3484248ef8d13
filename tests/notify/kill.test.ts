import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { Random } from '../campaign/random.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type Behaviour, type Receiver, startReceiver } from '../helpers/receiver.ts';

/** 1,000 for the whole proof: `ROLLCALL_NOTIFY_ROUNDS=1000`. */
const ROUNDS = Number(process.env['ROLLCALL_NOTIFY_ROUNDS'] ?? 4);
const PROGRAM = path.resolve('dist/bin/rollcall.js');
const GUESTS = [100, 101, 102];

let lab: Lab;
let dir: string;
let receiver: Receiver;
let env: Record<string, string | undefined>;
const chance = new Random(20_261_127);
const next = () => chance.next();

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-notify-'));
  lab = await startLab({ nodes: 1, vms: 3, containers: 0 });
  receiver = await startReceiver();
  const databaseUrl = await databaseAt(path.join(dir, 'rollcall.db'));
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, XDG_CONFIG_HOME: dir, ...lab.env(), PROXMOX_VE_NAME: 'lab', DATABASE_URL: databaseUrl };
  writeFileSync(path.join(dir, 'hook.key'), 'a key\n', { mode: 0o600 });
});

afterAll(async () => {
  await lab.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: dir });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString('utf8')));
  return { child, ended: new Promise((resolve) => child.once('close', (status) => resolve({ status, ...printed }))) };
}

async function rollcall(...args: readonly string[]): Promise<Ended> {
  return start(...args).ended;
}

const hang: Behaviour = () => undefined;
const cut: Behaviour = (response) => response.destroy();
const redirect: Behaviour = (response) => response.writeHead(302, { Location: `${receiver.url}/elsewhere` }).end();
const late: Behaviour = (response) => setTimeout(() => response.end('late'), 200);
const TROUBLE: readonly Behaviour[] = [500, 503, 404, 429, hang, cut, redirect, late, 200, 200];

/** A change, a run of the program against a receiver in trouble, and its end: by itself, or by SIGKILL at any moment. */
async function round(number: number): Promise<'killed' | 'ended'> {
  for (const vmid of GUESTS.filter(() => next() < 0.6)) {
    lab.as('admin@pve').setConfig(vmid, { description: `round ${number}` });
  }
  receiver.behave(...TROUBLE.filter(() => next() < 0.2).toSorted(() => next() - 0.5));
  const before = receiver.received.length;
  const { child, ended } = start(
    ...(next() < 0.8 ? ['discover-all', '--quiet'] : ['notify', 'run', '--now', '--timeout', '3s']),
  );
  const isKilledAtDelivery = next() < 0.5;
  const killAt = performance.now() + (isKilledAtDelivery ? 3000 : 100 + next() * 800);
  const delayMs = next() * 30;
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  while (!isOver() && performance.now() < killAt) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isKilledAtDelivery || receiver.received.length === before) continue;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    break;
  }
  const isKilled = !isOver() && child.kill('SIGKILL');
  await ended;
  return isKilled ? 'killed' : 'ended';
}

it(
  `delivers every event, repeated ones with the same id, whatever the receiver does and whenever it is killed (${ROUNDS} rounds)`,
  async () => {
    expect(await rollcall('discover-all', '--quiet')).toMatchObject({ status: 0, stderr: '' });
    const add = [
      'notify',
      'add',
      'webhook',
      'ops',
      '--url',
      `${receiver.url}/hook`,
      '--secret',
      `file:${dir}/hook.key`,
    ];
    expect(await rollcall(...add, '--allow-private')).toMatchObject({ status: 0 });

    const rounds = { killed: 0, ended: 0 };
    for (let number = 0; number < ROUNDS; number += 1) rounds[await round(number)] += 1;
    receiver.calm();
    expect(await rollcall('discover-all', '--quiet')).toMatchObject({ status: 0 });
    for (let more = 0; more < 10; more += 1) {
      const { status, stdout } = await rollcall('notify', 'run', '--now', '-o', 'json');
      if (status === 0 && JSON.parse(stdout)[0].delivered === 0) break;
    }

    const history = await rollcall('show-changes', '-o', 'json', '--limit', '0');
    const recorded = new Set<string>();
    for (const { rev, resourceId } of JSON.parse(history.stdout)) if (rev > 1) recorded.add(`${rev}/${resourceId}`);
    const messages = new Map<string, string>();
    const told = new Map<string, string>();
    for (const { body, path: at, isTaken } of receiver.received) {
      expect(at).toBe('/hook');
      const { id, run, events } = JSON.parse(body);
      expect(messages.get(id) ?? body).toBe(body);
      messages.set(id, body);
      for (const { guest } of events) {
        const event = `${run.rev}/${guest.id}`;
        expect(told.get(event) ?? id).toBe(id);
        // What was not answered with success does not count.
        if (isTaken) told.set(event, id);
      }
    }
    const log = JSON.parse((await rollcall('notify', 'log', '-o', 'json', '--limit', '1000000')).stdout);
    const figures = {
      ...rounds,
      recorded: recorded.size,
      told: told.size,
      messages: messages.size,
      requests: receiver.received.length,
    };
    if (process.env['ROLLCALL_NOTIFY_ROUNDS'] !== undefined) process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect([...told.keys()].toSorted()).toEqual([...recorded].toSorted());
    expect(log.filter(({ state }: { state: string }) => state !== 'delivered')).toEqual([]);
    expect(log).toHaveLength(messages.size);
  },
  60_000 + ROUNDS * 5000,
);
