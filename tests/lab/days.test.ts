import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LabActor } from '../../src/lab/actor.ts';
import { getRows, messages } from './client.ts';
import { openLab } from './labs.ts';

const folder = process.env['PVE_DAYS_DIR'];
const described = folder === undefined ? describe.skip : describe;
const note = folder === undefined ? ' (skipped: PVE_DAYS_DIR is not set)' : '';

interface Step {
  ops: { by: string; method: string; path: string; params: Record<string, string> | null; note?: string }[];
}

/** Where in a UPID only chance differs. */
function withoutNumbers(text: string): string {
  return text.replace(/UPID:(\w+):[0-9A-F]+:[0-9A-F]+:[0-9A-F]+:/g, 'UPID:$1:');
}

function recordedMessages(folderPath: string, step: string): string[] {
  const { answers } = JSON.parse(readFileSync(join(folderPath, '8.4', step), 'utf8'));
  const body = answers['GET /cluster/log?max=500'].body;
  const { data } = typeof body === 'string' ? JSON.parse(body) : body;
  return data.map((line: { msg: string; user: string }) => `${line.user} ${withoutNumbers(line.msg)}`);
}

function perform(actor: LabActor, { method, path, params }: Step['ops'][number]): void {
  const vmid = Number(/\/(?:qemu|lxc)\/(\d+)/.exec(path)?.[1]);
  const given = { ...params };
  if (path.endsWith('/rollback')) actor.rollback(vmid, 'before_upgrade');
  else if (path.endsWith('/config')) {
    const { delete: deleted, ...rest } = given;
    actor.setConfig(vmid, { ...rest, ...(deleted && { [deleted]: null }) }, { async: method === 'POST' });
  } else if (path.endsWith('/status/stop')) actor.stop(vmid);
  else if (path.endsWith('/status/start')) actor.start(vmid);
  else if (path.endsWith('/snapshot'))
    actor.snapshot(vmid, given['snapname'] ?? '', { description: given['description'] ?? '' });
  else if (path.endsWith('/clone')) actor.clone(vmid, { newid: 111, name: 'web-11', full: true });
  else if (method === 'DELETE') actor.destroy(vmid);
  else {
    const { vmid: newVmid, ...config } = given;
    actor.create('qemu', { ...config, vmid: Number(newVmid) });
  }
}

described(`a day on a real cluster${note}`, () => {
  it('the same operations leave the same tasks and lines in the cluster log', async () => {
    const lab = await openLab({ vms: 0, containers: 0 });
    const admin = lab.as('root@pam');
    for (const vmid of [100, 101, 102, 103, 104]) admin.create('qemu', { vmid, memory: 512, description: 'a VM' });
    admin.create('lxc', { vmid: 201, name: 'ct-priv' });
    for (const vmid of [100, 102]) admin.start(vmid);
    admin.setConfig(104, { lock: 'backup' });
    const before = (await messages(lab)).length;
    const tasksBefore = (await getRows(lab, '/nodes/pve1/tasks?limit=500')).length;

    const truth: Step[] = JSON.parse(readFileSync(join(folder ?? '', '8.4', 'truth.json'), 'utf8'));
    const steps = truth.slice(0, 15).flatMap((step) => step.ops);
    for (const op of steps) perform(lab.as(op.by), op);

    const lines = await getRows(lab, '/cluster/log?max=500');
    const own = lines
      .slice(0, lines.length - before)
      .map((line) => `${String(line['user'])} ${withoutNumbers(String(line['msg']))}`);
    const recorded = recordedMessages(folder ?? '', 'step-14.json');
    const sinceStep2 = recorded.slice(0, recorded.findIndex((line) => line.includes('update VM 103: -memory 768')) + 1);
    expect(own).toEqual(sinceStep2);
    const tasks = await getRows(lab, '/nodes/pve1/tasks?limit=500');
    expect(tasks.length - tasksBefore).toBe(own.filter((line) => line.includes('starting task')).length);
    expect(lab.guest(110).config).toMatchObject({ name: 'other-machine', memory: '128' });
    expect(lab.guests().some((guest) => guest.vmid === 111)).toBe(false);
  });
});
