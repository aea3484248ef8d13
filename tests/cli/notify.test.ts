import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Received, type Receiver, startReceiver } from '../helpers/receiver.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
let receiver: Receiver;

beforeAll(async () => {
  world = await openWorld();
  receiver = await startReceiver();
  await world.rollcall('discover-all');
  writeFileSync(path.join(world.dir, 'hook.key'), 'the key of the hook\n', { mode: 0o600 });
});

/** A run some minutes later. */
async function sync(...args: string[]) {
  world.clock.advance(300_000);
  return world.rollcall(['discover-all', ...args]);
}

/** The only request since the last look. */
function received(): Received {
  const [one, ...more] = receiver.received.splice(0);
  if (one === undefined || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} requests arrived`);
  return one;
}

describe('a webhook', () => {
  it('is added, and tells of nothing that was before', async () => {
    const add = `notify add webhook ops --url ${receiver.url}/hook --secret file:${world.dir}/hook.key --allow-private`;
    expect(await world.rollcall(add)).toEqual({
      status: 0,
      stdout: '',
      stderr: 'added ops, which tells of what happens from now on; rollcall notify test ops sends a test\n',
    });
    expect((await sync()).stderr).not.toContain('notifi');
    expect(receiver.received).toEqual([]);
  });

  it('is listed and shown, its secret as a reference', async () => {
    const target = `${receiver.url}/hook`;
    const header = `NAME  CHANNEL  STATE   ${'TARGET'.padEnd(target.length)}  EVENTS      PENDING`;
    expect(await world.rollcall('notify list')).toEqual({
      status: 0,
      stdout: `${header}\nops   webhook  active  ${target}  everything        0\n`,
      stderr: '',
    });
    expect((await world.rollcall('notify show ops --utc')).stdout.split('\n')).toEqual([
      'name         ops',
      'state        active',
      'channel      webhook',
      `target       ${target}`,
      `secret       file:${world.dir}/hook.key`,
      'addresses    any',
      'events       everything',
      'one message  for a run with more than 10 guests',
      'stale after  24 h',
      'quiet hours  none',
      'template     the usual one',
      'pending      0',
      'added        2026-11-21 10:00:00',
      '',
    ]);
  });

  it('gets a signed message of a change at the end of the run', async () => {
    world.lab.as('admin@pve').setConfig(100, { description: 'the shop' });
    await sync();
    const { headers, body, json, method, path: at } = received();
    expect({ method, at }).toEqual({ method: 'POST', at: '/hook' });
    const hex32 = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(json).toEqual({
      id: hex32,
      at: '2026-11-21T10:10:00.000Z',
      title: 'lab/100 web-01: changed: description',
      counts: { changed: 1 },
      total: 1,
      events: [
        {
          id: hex32,
          kind: 'changed',
          at: '2026-11-21T10:10:00.000Z',
          provider: { id: expect.any(String), name: 'lab' },
          guest: { id: expect.any(String), ref: 'lab/100', kind: 'qemu', vmid: 100, name: 'web-01' },
          actor: 'admin@pve',
          text: 'changed: description',
          changes: [{ path: 'description', before: 'Owner: team-3\nRunbook: wiki/web-01', after: 'the shop' }],
        },
      ],
      run: { id: expect.any(String), rev: 2 },
      notifier: 'ops',
      text: 'lab/100 web-01: changed: description\ndescription: Owner: team-3 Runbook: wiki/web-01 → the shop\nby admin@pve',
    });
    const seconds = Math.floor(world.clock.now().getTime() / 1000);
    const hex = createHmac('sha256', 'the key of the hook').update(`${seconds}.${body}`).digest('hex');
    expect(headers['rollcall-signature']).toBe(`t=${seconds},v1=${hex}`);
    expect(headers['rollcall-event-id']).toBe((json as { id: string }).id);
  });
});
