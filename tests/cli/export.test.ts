import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import readXlsxFile from 'read-excel-file/node';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ nodes: 2, vms: 2, containers: 0 });
  for (const vmid of [100, 101]) world.lab.as('admin@pve').stop(vmid);
  world.lab.as('admin@pve').setConfig(100, { ipconfig0: 'ip=10.0.0.10/24,gw=10.0.0.1', tags: 'prod;web-tier' });
  await world.rollcall('discover-all');
});

describe('export', () => {
  it('writes an inventory for Ansible', async () => {
    expect(await world.rollcall('export ansible 100')).toEqual({
      status: 0,
      stderr: '',
      stdout: `all:
  hosts:
    "web-01":
      ansible_host: "10.0.0.10"
      rollcall_ref: "lab/100"
      rollcall_name: "web-01"
      rollcall_provider: "lab"
      rollcall_id: "100"
      rollcall_kind: "vm"
      rollcall_status: "stopped"
      rollcall_node: "pve1"
      rollcall_pool: "prod"
      rollcall_tags:
        - "prod"
        - "web-tier"
      rollcall_os: "l26"
      rollcall_addresses:
        - "10.0.0.10"
      rollcall_cpus: 1
      rollcall_memory_bytes: 8589934592
      rollcall_disk_bytes: 17179869184
  children:
    kind_vm:
      hosts:
        "web-01": {}
    node_lab_pve1:
      hosts:
        "web-01": {}
    os_l26:
      hosts:
        "web-01": {}
    pool_lab_prod:
      hosts:
        "web-01": {}
    provider_lab:
      hosts:
        "web-01": {}
    status_stopped:
      hosts:
        "web-01": {}
    tag_prod:
      hosts:
        "web-01": {}
    tag_web_tier:
      hosts:
        "web-01": {}
`,
    });
  });

  it('writes an SSH configuration', async () => {
    expect(await world.rollcall('export ssh-config --user admin --key ~/.ssh/id_ed25519')).toEqual({
      status: 0,
      stderr: 'warning: a guest without a known address left out: lab/101 proxy-02\n',
      stdout: `# no address: lab/101 proxy-02

# lab/100 web-01
Host web-01
    HostName 10.0.0.10
    User admin
    IdentityFile "~/.ssh/id_ed25519"
    IdentitiesOnly yes
`,
    });
  });

  it('writes lines of a hosts file', async () => {
    expect(await world.rollcall('export hosts 100')).toEqual({
      status: 0,
      stderr: '',
      stdout: '10.0.0.10  web-01  # lab/100 web-01\n',
    });
  });

  const RENAMED = 'warning: a guest written under another name: lab/100 pve2 as pve2-lab-100\n';
  it.each([
    ['hosts', RENAMED],
    ['ssh-config', RENAMED],
    ['ansible', ''],
  ])('gives no guest the name of a node: %s', async (format, warning) => {
    const other = await openWorld({ nodes: 2, vms: 1, containers: 0 });
    const admin = other.lab.as('admin@pve');
    admin.stop(100);
    admin.setConfig(100, { ipconfig0: 'ip=10.0.0.66/24', name: 'pve2' });
    await other.rollcall('discover-all --quiet');
    const { stdout, stderr } = await other.rollcall(`export ${format}`);
    expect(stdout).toMatch(/^(?:10\.0\.0\.66 {2}|Host | {4}")pve2-lab-100\b/m);
    expect(stderr).toBe(warning);
  });

  it('writes a CSV table', async () => {
    expect(await world.rollcall('export csv 100')).toEqual({
      status: 0,
      stderr: '',
      stdout: `provider,id,name,kind,status,node,pool,tags,os,addresses,cpus,memoryBytes,diskBytes,template,presence,lastSeenAt
lab,100,web-01,vm,stopped,pve1,prod,prod web-tier,l26,10.0.0.10,1,8589934592,17179869184,false,present,2026-11-21T10:00:00.000Z
`,
    });
  });

  it('writes targets for Prometheus', async () => {
    expect(await world.rollcall('export prometheus-sd 100 --port 9100')).toEqual({
      status: 0,
      stderr: '',
      stdout: `[
  {
    "targets": [
      "10.0.0.10:9100"
    ],
    "labels": {
      "__meta_rollcall_ref": "lab/100",
      "__meta_rollcall_provider": "lab",
      "__meta_rollcall_id": "100",
      "__meta_rollcall_name": "web-01",
      "__meta_rollcall_kind": "vm",
      "__meta_rollcall_status": "stopped",
      "__meta_rollcall_node": "pve1",
      "__meta_rollcall_pool": "prod",
      "__meta_rollcall_tags": ",prod,web-tier,",
      "__meta_rollcall_os": "l26"
    }
  }
]
`,
    });
  });

  it('writes import blocks for Terraform', async () => {
    expect(await world.rollcall('export terraform-import 100')).toEqual({
      status: 0,
      stderr: '',
      stdout: `# lab/100 web-01
import {
  to = proxmox_virtual_environment_vm.web-01
  id = "pve1/100"
}
`,
    });
  });

  it('draws a graph', async () => {
    expect(await world.rollcall('export dot 100')).toEqual({
      status: 0,
      stderr: '',
      stdout: `digraph rollcall {
  rankdir=LR;
  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];
  edge [arrowhead=none, color=gray60];
  provider1 [label="lab", shape=folder, style=bold];
  node2 [label="pve1", shape=box3d, style=solid];
  provider1 -> node2;
  guest3 [label="web-01 (100)", color=gray60, fontcolor=gray40];
  node2 -> guest3;
  storage4 [label="backup", shape=cylinder, style=solid];
  node2 -> storage4 [style=dashed, constraint=false];
  storage5 [label="shared", shape=cylinder, style=solid];
  node2 -> storage5 [style=dashed, constraint=false];
}
`,
    });
  });

  it('writes a report', async () => {
    const { status, stderr, stdout } = await world.rollcall('export html 100 --history-days 7');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 2)).toEqual(['<!doctype html>', '<html lang="en">']);
    const inOrder = ['<h2>Changes of the last 7 days', 'Recorded since 2026-11-21 10:00', 'lab/shared', '>lab/100<'];
    const places = inOrder.map((text) => stdout.indexOf(text));
    expect(places.toSorted((a, b) => a - b)).toEqual(places);
    expect(places).not.toContain(-1);
  });

  it('writes a workbook to a file only', async () => {
    expect(await world.rollcall('export xlsx')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: xlsx is written to a file\nhint: add --file guests.xlsx\n',
    });
    expect(await world.rollcall('export xlsx --file guests.xlsx')).toMatchObject({ status: 0, stdout: '' });
    const [guests] = await readXlsxFile(readFileSync(path.join(world.dir, 'guests.xlsx')));
    expect(guests?.data.map(([provider, id, name]) => [provider, id, name])).toEqual([
      ['provider', 'id', 'name'],
      ['lab', 100, 'web-01'],
      ['lab', 101, 'proxy-02'],
    ]);
  });

  it('takes no option of lists', async () => {
    for (const option of ['-o json', '--columns name', '--sort name'])
      expect(await world.rollcall(`export csv ${option}`)).toMatchObject({ status: 2, stdout: '' });
  });

  it('writes a file of its own, never through a link', async () => {
    const [file, target] = [path.join(world.dir, 'inventory.yml'), path.join(world.dir, 'target')];
    writeFileSync(target, 'kept');
    symlinkSync(target, file);
    expect(await world.rollcall('export ansible --file inventory.yml')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'written to inventory.yml\n',
    });
    expect(readFileSync(target, 'utf8')).toBe('kept');
    expect(lstatSync(file).isSymbolicLink()).toBe(false);
    expect((lstatSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(file, 'utf8')).toBe((await world.rollcall('export ansible')).stdout);
  });

  it('answers for one host of a dynamic inventory', async () => {
    expect((await world.rollcall('export ansible --host web-01')).json).toMatchObject({ rollcall_ref: 'lab/100' });
    expect(await world.rollcall('export ansible --host none')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'error: No host of the inventory is called `none`\nhint: `rollcall export ansible --list` has the names of hosts.\n',
    });
  });

  it('refuses an inventory that is partial, or marks it', async () => {
    const partial = await openWorld({ nodes: 2, vms: 2, containers: 0 });
    await partial.rollcall('discover-all --quiet');
    partial.lab.node('pve2').powerOff();
    await partial.rollcall('discover-all --quiet');
    const problems = ['lab: its last run was partial', 'lab: 1 unobservable guest: node pve2 is offline'];
    expect(await partial.rollcall('export csv')).toEqual({
      status: 5,
      stdout: '',
      stderr: `error: The inventory is stale or partial, and was not exported\n${problems.join('\n')}\nhint: run \`rollcall discover-all\`, or add --allow-stale\n`,
    });
    const hosts = await partial.rollcall('export hosts --allow-stale');
    expect(hosts.stdout).toMatch(new RegExp(`^${problems.map((text) => `# partial: ${text}\n`).join('')}`));
    const { _meta } = (await partial.rollcall('export ansible --list --allow-stale')).json as {
      _meta: { hostvars: Record<string, object> };
    };
    expect(Object.values(_meta.hostvars).filter((variables) => 'rollcall_stale' in variables)).toHaveLength(1);
  });

  it('refuses an inventory that is stale, or marks it', async () => {
    world.clock.advance(86_400_001);
    const problem = 'lab: its guests were last listed at 2026-11-21T10:00:00.000Z';
    expect(await world.rollcall('export ansible')).toEqual({
      status: 5,
      stdout: '',
      stderr: `error: The inventory is stale or partial, and was not exported\n${problem}\nhint: run \`rollcall discover-all\`, or add --allow-stale\n`,
    });
    const allowed = await world.rollcall('export ansible --list --allow-stale');
    expect(allowed).toMatchObject({ status: 0, stderr: `warning: ${problem}\n` });
    expect(allowed.json).toMatchObject({ all: { vars: { rollcall_problems: [problem] } } });
    expect(await world.rollcall('export ansible --max-age 2d')).toMatchObject({ status: 0, stderr: '' });
  });
});
