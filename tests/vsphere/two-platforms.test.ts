import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { describeVsphere, READER, vcsim } from '../helpers/vcsim.ts';
import { type Ran, runProgram } from '../helpers/world.ts';

interface ShownChange {
  provider: string;
  name: string;
  kind: string;
  event: string | null;
  path: string | null;
  actor: string | null;
}

describeVsphere('Proxmox VE and vSphere in one inventory', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-platforms-'));
  const world = vcsim({ vms: 2, hosts: 2 });
  let lab: Lab;
  let ids = 0;

  beforeAll(async () => {
    lab = await startLab({ nodes: 2, vms: 2, containers: 1, clock: () => Date.now() });
    writeFileSync(path.join(dir, 'vcenter.pem'), world.server.certificate);
    const { url } = world.server;
    await rollcall('providers add pve');
    await rollcall(`providers add vc --type vsphere --endpoint ${url} --user ${READER.user} --password env:VC_PASSWORD
      --ca-file vcenter.pem`);
  });
  afterAll(async () => {
    await lab.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function rollcall(line: string): Promise<Ran> {
    const databaseUrl = await databaseAt(path.join(dir, 'rollcall.db'));
    const { PROXMOX_VE_API_TOKEN, PROXMOX_VE_ENDPOINT, PROXMOX_VE_CA_FILE } = lab.env();
    const own = line.startsWith('providers add pve') ? { PROXMOX_VE_ENDPOINT, PROXMOX_VE_CA_FILE } : {};
    return runProgram(line.split(/\s+/), {
      env: { ...own, PROXMOX_VE_API_TOKEN, VC_PASSWORD: READER.password, DATABASE_URL: databaseUrl, HOME: dir },
      cwd: dir,
      clock: () => new Date(),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  }

  async function uuidOf(ref: string): Promise<string> {
    const { identity } = (await rollcall(`show-host vc/${ref} -o json`)).json as { identity: { uuid: string } };
    return identity.uuid;
  }

  async function changes(): Promise<ShownChange[]> {
    const { rows } = await rollcall('show-changes --kind created,removed -o json');
    return rows as unknown as ShownChange[];
  }

  it('are read side by side, and listed together', async () => {
    const run = await rollcall('discover-all -o json');
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    expect(run.rows.map(({ providerName, outcome }) => [providerName, outcome])).toEqual([
      ['pve', 'complete'],
      ['vc', 'complete'],
    ]);
    const hosts = (await rollcall('list-hosts -o json')).rows;
    expect(hosts.map(({ providerName, kind }) => [providerName, kind])).toEqual([
      ['pve', 'qemu'],
      ['pve', 'qemu'],
      ['pve', 'lxc'],
      ['vc', 'vm'],
      ['vc', 'vm'],
    ]);
    expect((await rollcall('list-vms -o json')).rows).toHaveLength(4);
    expect((await rollcall('list-containers -o json')).rows).toHaveLength(1);
    expect((await rollcall('list-hosts')).stdout).toMatch(/^PROVIDER +KIND +VMID +NAME +PLACEMENT +ID +STATUS/);
  });

  it('keep equal names apart', async () => {
    const [first] = lab.guests().filter(({ kind }) => kind === 'qemu');
    await world.hand.as('bob', 'rename', 'DC0_C0_RP0_VM0', { name: first?.name });
    await rollcall('discover-all --quiet');
    const shown = await rollcall(`show-host ${first?.name}`);
    expect(shown.status).not.toBe(0);
    expect(shown.stderr).toContain('names 2 guests');
    expect(shown.stderr).toContain(`pve/${first?.vmid}`);
    expect(shown.stderr).toMatch(/vc\/[\da-f-]{36}/);
    expect((await rollcall(`show-host vc/${first?.name}`)).stdout).toMatch(/^node +DC0_C0_H/m);
    expect((await rollcall(`show-host pve/${first?.name}`)).stdout).toMatch(/^node +pve/m);
  });

  it('tell a guest that moved from vSphere to Proxmox VE', async () => {
    const uuid = await uuidOf('DC0_C0_RP0_VM1');
    await world.hand.as('alice', 'power-off', 'DC0_C0_RP0_VM1');
    await rollcall('discover-all --quiet');
    lab.as('carol@pve').create('qemu', { name: 'imported', memory: 64, smbios1: `uuid=${uuid}` });
    await rollcall('discover-all --quiet');
    await world.hand.as('alice', 'destroy', 'DC0_C0_RP0_VM1');
    await rollcall('discover-all --quiet');
    const all = await changes();
    const made = all.find(({ name }) => name === 'imported');
    const gone = all.find(({ name, kind }) => name === 'DC0_C0_RP0_VM1' && kind === 'removed');
    expect(made).toMatchObject({ provider: 'pve', name: 'imported', event: 'moved-cluster', actor: 'carol@pve' });
    expect(gone).toMatchObject({ provider: 'vc', kind: 'removed', event: 'moved-cluster', actor: 'alice' });
    expect((await rollcall('verify')).status).toBe(0);
  });

  it('do not take a copy for a move while the original runs', async () => {
    const [original] = (await rollcall('list-hosts --provider vc -o json')).rows;
    expect(original).toMatchObject({ status: 'running' });
    const uuid = await uuidOf(String(original?.['nativeId']));
    lab.as('carol@pve').create('qemu', { name: 'copied', memory: 64, smbios1: `uuid=${uuid}` });
    await rollcall('discover-all --quiet');
    const made = (await changes()).find(({ name }) => name === 'copied');
    expect(made).toMatchObject({ kind: 'created', event: null, actor: 'carol@pve' });
  });
});
