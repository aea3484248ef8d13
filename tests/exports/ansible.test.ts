import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { renderAnsible } from '../../src/services/exports/ansible.ts';
import type { ExportOptions } from '../../src/services/exports/export-format.ts';
import type { GuestRow } from '../../src/types/inventory.ts';
import { describeReaders } from '../helpers/export-readers.ts';
import { tempDir } from '../helpers/temp.ts';
import { openWorld, type World } from '../helpers/world.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const dir = tempDir();
const PWNED = '/tmp/pwned';
writeFileSync(path.join(dir, 'ansible.cfg'), '');
const program = fileURLToPath(new URL('../../dist/bin/rollcall.js', import.meta.url));

interface Listing {
  _meta: { hostvars: Record<string, Record<string, unknown>> };
  [group: string]: { hosts?: string[]; children?: string[]; hostvars?: Record<string, Record<string, unknown>> };
}

async function rendered(guests: readonly GuestRow[], options: ExportOptions = {}): Promise<string> {
  return String((await renderAnsible(inventoryOf(guests), options)).content);
}

async function listing(guests: readonly GuestRow[]): Promise<Listing> {
  return JSON.parse(await rendered(guests, { list: true }));
}

function ansible(command: string, args: readonly string[], env: Record<string, string | undefined> = {}): string {
  const own = {
    HOME: dir,
    ANSIBLE_LOCAL_TEMP: dir,
    ANSIBLE_CONFIG: path.join(dir, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
  };
  return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, ...own, ...env } });
}

describe('names of hosts', () => {
  it('are the names of guests, where those are unique, else with provider and id', async () => {
    const guests = [
      guestRow({ vmid: 1, name: 'web' }),
      guestRow({ vmid: 2, name: 'WEB', providerName: 'other' }),
      guestRow({ vmid: 3, name: 'db 1' }),
      guestRow({ vmid: 4, name: 'db-1' }),
      guestRow({ vmid: 5, name: null }),
      guestRow({ vmid: 6, name: 'web-lab-1' }),
      guestRow({ vmid: 7, name: 'gold', isTemplate: true }),
      guestRow({ vmid: 8, name: 'old', presence: 'gone' }),
    ];
    expect(Object.keys((await listing(guests))._meta.hostvars)).toEqual([
      'web-lab-1-g1',
      'WEB-other-2',
      'db-1-lab-3',
      'db-1-lab-4',
      'vm-5',
      'web-lab-1-g6',
    ]);
  });
});

it('a guest called like a node is none for Ansible, which would look for it by its name', async () => {
  const guests = ['pve1', 'PVE1.example.com', 'vcenter', 'web'].map((name, index) => guestRow({ vmid: index, name }));
  const inventory = inventoryOf(guests, [], { servers: new Set(['pve1', 'vcenter']) });
  const { _meta } = JSON.parse(String((await renderAnsible(inventory, { list: true })).content)) as Listing;
  expect(Object.keys(_meta.hostvars)).toEqual(['pve1-lab-0', 'PVE1.example.com-lab-1', 'vcenter-lab-2', 'web']);
});

describe('names of groups', () => {
  it('never mean two things', async () => {
    const guests = [
      guestRow({ vmid: 1, tags: ['a-b'], pool: 'c', providerName: 'x' }),
      guestRow({ vmid: 2, tags: ['a_b'], node: 'c_pve1', providerName: 'x' }),
      guestRow({ vmid: 3, tags: ['a.b'], node: 'pve1', providerName: 'x_c' }),
    ];
    const { content, warnings } = await renderAnsible(inventoryOf(guests), { list: true });
    const groups = JSON.parse(String(content)) as Listing;
    const tags = Object.entries(groups).filter(([name]) => name.startsWith('tag_'));
    expect(tags.map(([, { hosts }]) => hosts)).toEqual(expect.arrayContaining([['vm1'], ['vm2'], ['vm3']]));
    expect(groups['tag_a_b']?.hosts).toEqual(['vm2']);
    expect(warnings).toEqual([
      expect.stringMatching(/^the group of node 'x\/c_pve1' is called node_x_c_pve1_/),
      expect.stringMatching(/^the group of node 'x_c\/pve1' is called node_x_c_pve1_/),
      expect.stringMatching(/^the group of tag 'a-b' is called tag_a_b_[0-9a-f]{8}: another is called tag_a_b$/),
      expect.stringMatching(/^the group of tag 'a\.b' is called tag_a_b_/),
    ]);
    const nodes = Object.entries(groups).filter(([name]) => name.startsWith('node_x_c_pve1'));
    expect(nodes.map(([, { hosts }]) => hosts)).toHaveLength(2);
  });
});

it('a YAML file says what a dynamic inventory does', async () => {
  const guests = hostileGuests();
  const { _meta, ...groups } = await listing(guests);
  const { all } = parse(await rendered(guests), {
    customTags: [{ tag: '!unsafe', resolve: (text: string) => text }],
  }) as {
    all: { hosts: Record<string, Record<string, unknown>>; children: Record<string, { hosts: object }> };
  };
  expect(Object.keys(all.hosts)).toEqual(Object.keys(_meta.hostvars));
  expect(Object.values(all.hosts).map((variables) => variables['rollcall_name'])).toEqual(HOSTILE_NAMES);
  for (const [group, { hosts }] of Object.entries(all.children))
    expect(Object.keys(hosts)).toEqual(groups[group]?.hosts);
  expect(Object.keys(all.children)).toEqual(groups['all']?.children);
});

describeReaders('Ansible', () => {
  const yaml = path.join(dir, 'hostile.yml');
  const script = path.join(dir, 'hostile-script');

  beforeAll(async () => {
    rmSync(PWNED, { force: true });
    writeFileSync(yaml, await rendered(hostileGuests()));
    const json = path.join(dir, 'hostile.json');
    writeFileSync(json, await rendered(hostileGuests(), { list: true }));
    writeFileSync(script, `#!/bin/sh\nexec cat ${json}\n`, { mode: 0o755 });
  });

  it.each([
    ['a file', yaml],
    ['a dynamic inventory', script],
  ])('reads %s with hostile names, and runs none of them', (_form, file) => {
    const { _meta } = JSON.parse(ansible('ansible-inventory', ['-i', file, '--list'])) as Listing;
    const variables = Object.values(_meta.hostvars);
    expect(variables).toHaveLength(HOSTILE_NAMES.length);
    const texts = variables.map(
      ({ rollcall_name: name }) => (name as { __ansible_unsafe?: string }).__ansible_unsafe ?? String(name),
    );
    expect(new Set(texts)).toEqual(new Set(HOSTILE_NAMES));
    const shown = ansible('ansible', [
      'all',
      '-i',
      file,
      '-c',
      'local',
      '-m',
      'debug',
      '-a',
      'var=rollcall_name,rollcall_tags',
    ]);
    expect(shown).toContain("{{ lookup('pipe', 'touch /tmp/pwned') }}");
    expect(existsSync(PWNED)).toBe(false);
  });

  it('takes the program itself for a dynamic inventory', async () => {
    const world: World = await openWorld({ nodes: 1, vms: 2, containers: 1 });
    await world.rollcall('discover-all');
    const wrapper = path.join(dir, 'rollcall-inventory');
    const line = `exec ${process.execPath} ${program} export ansible --allow-stale --quiet "$@"`;
    writeFileSync(wrapper, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    const graph = ansible('ansible-inventory', ['-i', wrapper, '--graph', 'node_lab_pve1'], world.env);
    expect(graph).toBe('@node_lab_pve1:\n  |--cache-01\n  |--proxy-02\n  |--ct-cache-01\n');
    const one = JSON.parse(ansible('ansible-inventory', ['-i', wrapper, '--host', 'proxy-02'], world.env));
    expect(one).toMatchObject({ rollcall_ref: 'lab/101', rollcall_kind: 'vm' });
  });
});
