import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseAt } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { Panel } from '../providers/conformance/virtfusion-panel.ts';

const START_MS = Date.UTC(2026, 10, 21, 10);

describe('a control panel of VirtFusion', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-virtfusion-'));
  let nowMs = START_MS;
  let ids = 0;
  const panel = new Panel(() => new Date(nowMs));
  beforeAll(async () => {
    await panel.start();
    for (const name of ['web', 'db', '', 'mail']) panel.create(name);
  });
  afterAll(async () => {
    await panel.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    nowMs += 60_000;
    panel.spoil = () => null;
  });

  async function rollcall(line: string): Promise<Ran> {
    const url = await databaseAt(path.join(dir, 'rollcall.db'));
    return runProgram(line.split(/\s+/), {
      env: { VF_TOKEN: panel.token, DATABASE_URL: url, HOME: dir },
      cwd: dir,
      clock: () => new Date(nowMs),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  }

  it('is stored once its token works', async () => {
    const how = `--type virtfusion --endpoint ${panel.url}/admin --fingerprint ${panel.fingerprint} --token-id reader`;
    const refused = await rollcall(`providers add cp ${how} --secret command:false`);
    expect(refused.status).not.toBe(0);
    const added = await rollcall(`providers add cp ${how} --secret env:VF_TOKEN`);
    expect(added.status).toBe(0);
    expect(added.stderr).toContain(`stored cp: cluster ${new URL(panel.url).host}, 2 nodes`);
    const tested = await rollcall('providers test cp');
    expect(tested.status).toBe(0);
    expect(tested.stdout).toContain('the panel accepts the token reader');
    expect(tested.stdout).toContain('4 servers');
  });

  it('has its servers in the inventory, with what the panel knows of them', async () => {
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const { rows } = await rollcall('list-hosts -o json');
    expect(rows).toHaveLength(4);
    expect(rows.find(({ name }) => name === 'web')).toMatchObject({
      kind: 'vm',
      node: 'PHV 1 (RED)',
      status: 'unknown',
      cpus: 2,
      memoryBytes: 1024 * 2 ** 20,
      diskBytes: 11 * 2 ** 30,
      addresses: [expect.objectContaining({ address: '192.168.4.1', isPrivate: true })],
    });
    const shown = (await rollcall('show-host web')).stdout;
    expect(shown).toContain('Jon Doe');
    const nodes = (await rollcall('list-nodes -o json')).rows;
    expect(nodes.map(({ name, status }) => [name, status])).toEqual([
      ['PHV 1 (RED)', 'online'],
      ['PHV 2 (BLUE)', 'online'],
    ]);
  });

  it('tells what changed, and nobody for it', async () => {
    const web = [...panel.servers.values()].find(({ name }) => name === 'web');
    if (web === undefined) throw new Error('there is web');
    web.memory = 2048;
    web.hypervisorId = 2;
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind changed -o json');
    expect(rows.map(({ path: field, before, after, actor }) => [field, before, after, actor])).toEqual([
      ['memory', 1024, 2048, null],
      ['node', 'PHV 1 (RED)', 'PHV 2 (BLUE)', null],
    ]);
  });

  it('removes a server that the panel does not know any more, and none that only its list leaves out', async () => {
    const ofName = (name: string) => [...panel.servers.values()].find((one) => one.name === name)?.id ?? 0;
    panel.servers.delete(ofName('mail'));
    const [, hidden] = [...panel.servers.values()];
    panel.spoil = (target, text) => {
      if (!target.startsWith('/servers?')) return null;
      const page = JSON.parse(text) as { data: { id: number }[]; total: number };
      const data = page.data.filter(({ id }) => id !== hidden?.id);
      return { text: JSON.stringify({ ...page, data, total: data.length }) };
    };
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind removed -o json');
    expect(rows.map(({ name }) => name)).toEqual(['mail']);
    expect((await rollcall('list-hosts -o json')).rows).toHaveLength(3);
  });

  it('tells whether servers run only where that is asked for, and asks few hypervisors at a time', async () => {
    const state = async (name: string) =>
      (await rollcall('list-hosts -o json')).rows.find((row) => row['name'] === name)?.['status'];
    expect(panel.live.calls).toBe(0);
    const of = (name: string) => {
      const found = [...panel.servers.values()].find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is ${name}`);
      return found;
    };
    of('db').state = 'shutoff';
    await rollcall('discover-all --quiet --ask-power');
    expect([await state('web'), await state('db')]).toEqual(['running', 'stopped']);
    expect(panel.live.calls).toBe(panel.servers.size);
    expect(panel.live.most).toBeLessThanOrEqual(2);
    of('db').state = 'running';
    await rollcall('discover-all --quiet');
    expect(await state('db')).toBe('stopped');
    // Its hypervisor does not answer: everything else is read, and the state stays as it was told last.
    of('web').memory = 4096;
    panel.spoil = (target) => (target.includes('remoteState') ? { status: 400, text: '{"message":"offline"}' } : null);
    await rollcall('discover-all --quiet --ask-power');
    const web = (await rollcall('list-hosts -o json')).rows.find(({ name }) => name === 'web');
    expect(web).toMatchObject({ status: 'running', memoryBytes: 4096 * 2 ** 20 });
  });

  it('is not read further than a run may', async () => {
    const { status, stderr } = await rollcall('discover-all --quiet --max-guests 2');
    expect(status).not.toBe(0);
    expect(stderr).toContain('3 servers are listed, more than the 2 that a run reads');
    expect((await rollcall('list-hosts -o json')).rows).toHaveLength(3);
  });

  it('reads as many pages as there are', async () => {
    for (let count = 0; count < 230; count++) panel.create(`many-${count}`);
    await rollcall('discover-all --quiet');
    expect((await rollcall('list-hosts -o json')).rows).toHaveLength(233);
    expect((await rollcall('verify')).status).toBe(0);
  });
});
