import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { addLine, quiet } from '../helpers/stored-provider.ts';
import { openWorld } from '../helpers/world.ts';

describe('providers remove', () => {
  it('keeps the history readable, and frees name and cluster', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    await rollcall(addLine(world, 'prod'));
    await rollcall('discover-all');
    world.clock.advance(60_000);
    world.lab.as('admin@pve').setConfig(100, { memory: '4096' });
    world.clock.advance(60_000);
    await rollcall('discover-all');
    const before = (await rollcall('show-changes -o json')).rows;
    world.clock.advance(60_000);

    expect(await rollcall('providers remove prod')).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr:
        'error: prod has 4 recorded guests, which would no longer be watched\nhint: rollcall providers remove prod --yes\n',
    });
    expect(await rollcall('providers remove prod --yes')).toMatchObject({
      status: EXIT.done,
      stderr: 'removed prod; its history stays: rollcall show-changes --provider prod\n',
    });
    world.clock.advance(60_000);

    for (const line of [
      'list-vms',
      'list-containers',
      'list-nodes',
      'list-storage',
      'list-tasks',
      'sync-status',
      'providers list',
    ])
      expect([line, (await rollcall(line)).stdout]).toEqual([line, '']);
    expect((await rollcall('list-vms --provider prod')).stderr).toMatch(
      /hint: prod was removed on 2026-11-21T10:03:00.000Z/,
    );
    expect((await rollcall('list-vms --at 90s -o name')).stdout).toBe('prod/100\nprod/101\nprod/102\n');
    expect((await rollcall('list-vms --at 90s --provider prod -o name')).stdout).toBe('prod/100\nprod/101\nprod/102\n');
    expect((await rollcall('show-changes -o json')).rows).toEqual(before);
    expect((await rollcall('show-changes --provider prod -o json')).rows).toEqual(before);
    expect((await rollcall('show-vm 100')).status).toBe(EXIT.failed);
    expect((await rollcall('show-vm 100 --all')).stdout).toMatch(/presence +unobservable: its provider was removed/);
    expect((await rollcall('providers list --all --columns name,state,credential')).stdout).toBe(
      'NAME  STATE    CREDENTIAL\nprod  removed  token root@pam!lab\n',
    );
    expect((await rollcall('verify')).status).toBe(EXIT.done);

    expect(await rollcall(addLine(world, 'prod'))).toMatchObject({ status: EXIT.done });
    expect(await rollcall('discover-all')).toMatchObject({
      status: EXIT.done,
      stdout: expect.stringMatching(/4 guests, 12 first seen/),
    });
    expect((await rollcall('list-vms -o name')).stdout).toBe('prod/100\nprod/101\nprod/102\n');
    expect((await rollcall('show-vm 100')).status).toBe(EXIT.done);
    const named = new Set((await rollcall('show-changes -o json')).rows.map(({ provider }) => provider));
    expect([...named]).toEqual(['prod (removed)', 'prod']);
    expect((await rollcall('list-vms --at 3m -o name')).stdout).toBe(
      'prod (removed)/100\nprod (removed)/101\nprod (removed)/102\n',
    );
    expect((await rollcall('show-changes --kind removed')).stdout).toBe('');
    expect((await rollcall('verify')).status).toBe(EXIT.done);
  }, 20_000);

  it('asks on a terminal', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const asked: string[] = [];
    const answer = (yes: boolean) => ({
      ask: {
        ...noAsk,
        confirm: async (message: string) => {
          asked.push(message);
          return yes;
        },
      },
    });
    expect(await world.rollcall('providers remove lab', { io: answer(false) })).toMatchObject({
      status: EXIT.done,
      stderr: 'nothing was changed\n',
    });
    expect(await world.rollcall('providers remove lab', { io: answer(true) })).toMatchObject({
      stderr: expect.stringMatching(/^removed lab/),
    });
    expect(asked[0]).toBe('lab has 4 recorded guests, which would no longer be watched. Remove it?');
  });
});

const noAsk = {
  text: async (): Promise<string> => Promise.reject(new Error('a text was asked for')),
  secret: async (): Promise<string> => Promise.reject(new Error('a secret was asked for')),
  confirm: async (): Promise<boolean> => Promise.reject(new Error('a yes was asked for')),
  choose: async <T extends string>(): Promise<T> => Promise.reject(new Error('a choice was asked for')),
};

it('a cluster that is stored under another name is not recorded again for the environment', async () => {
  const world = await openWorld();
  const rollcall = quiet(world);
  await rollcall(addLine(world, 'prod'));
  await rollcall('discover-all');
  const env = { PROXMOX_VE_NAME: 'by-environment' };
  // The environment means the stored provider, by its address; another address of the same cluster is another name.
  const other = { ...env, PROXMOX_VE_ENDPOINT: world.lab.url.replace('127.0.0.1', 'localhost') };
  await rollcall('providers remove prod --yes');
  expect(await world.rollcall('discover-all', { env })).toMatchObject({ status: EXIT.done });
  const ran = await world.rollcall('discover-all --endpoint '.concat(other.PROXMOX_VE_ENDPOINT, ' --provider second'));
  expect(ran.status).toBe(EXIT.failed);
  expect(ran.stderr).toContain('which is provider by-environment already');
  expect((await rollcall('providers list -o name')).stdout).toBe('by-environment\n');
  expect((await rollcall('sync-status -o name')).stdout).toBe('by-environment\n');
});
