import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { makeCertificate, type TestCertificate } from '../helpers/certificate.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { describeVsphere, READER, vcsim } from '../helpers/vcsim.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { openProxy, type Rule } from './faulty-proxy.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-vsphere-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Synced {
  outcome: string;
  summary: Record<string, number>;
}

const OBJECTS = /<objects>.*?<\/objects>/gs;
const isOfVms = (body: string): boolean => body.includes('<type>VirtualMachine</type>');

/** Half of a page arrives. */
const cutVms: Rule = async ({ body, forward }) => {
  const answer = await forward();
  return isOfVms(body) ? { ...answer, cutAfter: answer.body.length / 2 } : answer;
};

/** The view lists VMs, and none comes with its properties. */
const withoutVms: Rule = async ({ body, forward }) => {
  const answer = await forward();
  return isOfVms(body) ? { ...answer, body: answer.body.replace(OBJECTS, '') } : answer;
};

/** The user sees no VM any more. */
const withoutRights: Rule = async ({ body, forward }) => {
  const answer = await forward();
  if (body.includes('configStatus')) {
    const missing = '<missingSet><path>configStatus</path><fault><fault xsi:type="NoPermission"/></fault></missingSet>';
    return { ...answer, body: answer.body.replace('</objects>', `${missing}</objects>`) };
  }
  const hidden = answer.body.replace(
    /<ManagedObjectReference[^>]* type="VirtualMachine"[^>]*>[^<]*<\/ManagedObjectReference>/g,
    '',
  );
  return { ...answer, body: isOfVms(body) ? hidden.replace(OBJECTS, '') : hidden };
};

describeVsphere('the program on a vCenter', () => {
  const world = vcsim({ vms: 4, hosts: 2 });
  let certificate: TestCertificate;
  let runs = 0;
  beforeAll(async () => {
    certificate = await makeCertificate();
    writeFileSync(path.join(dir, 'ca.pem'), `${world.server.certificate}\n${certificate.pem}`);
  });

  async function rollcall(line: string): Promise<Ran> {
    const env = {
      VSPHERE_PASSWORD: READER.password,
      DATABASE_URL: await databaseAt(path.join(dir, 'rollcall.db')),
      HOME: dir,
    };
    runs += 1;
    const run = runs;
    let made = 0;
    const newId = () => `id${String(run).padStart(4, '0')}${String(++made).padStart(10, '0')}`;
    return runProgram(line, { env, cwd: dir, clock: () => new Date(), newId });
  }

  async function sync(): Promise<Synced> {
    const { json, stderr } = await rollcall('discover-all -o json');
    const [result] = json as Synced[];
    if (result === undefined) throw new Error(stderr);
    return result;
  }

  async function changesSince(rev: number): Promise<string[]> {
    const { rows } = await rollcall('show-changes --limit 500 -o json');
    return rows
      .filter((row) => Number(row['rev']) > rev)
      .map(({ name, kind, event, path, actor, confidence }) =>
        [name, kind, event ?? '-', path ?? '-', actor ?? 'nobody', confidence].join(' '),
      )
      .sort();
  }

  async function lastRev(): Promise<number> {
    const { rows } = await rollcall('show-changes --limit 500 -o json');
    return Math.max(...rows.map(({ rev }) => Number(rev)));
  }

  const access = `--ca-file ${path.join(dir, 'ca.pem')} --password env:VSPHERE_PASSWORD --user ${READER.user}`;

  it('keeps the history of its VMs, with who did what', async () => {
    const added = await rollcall(`providers add dc1 --type vsphere --endpoint ${world.server.url} ${access}`);
    expect(added.stderr + added.stdout).toContain('stored dc1');
    expect(await sync()).toMatchObject({ outcome: 'complete', summary: { total: 4, new: 4 } });
    const before = await lastRev();

    const { hand } = world;
    await hand.as('alice', 'power-off', 'DC0_C0_RP0_VM0');
    await hand.as('bob', 'reconfigure', 'DC0_C0_RP0_VM1', { memoryMB: 96 });
    await hand.as('carol', 'power-off', 'DC0_C0_RP0_VM2');
    await hand.as('carol', 'destroy', 'DC0_C0_RP0_VM2');
    await hand.as('dave', 'clone', 'DC0_C0_RP0_VM3', { name: 'copy' });
    expect(await sync()).toMatchObject({ outcome: 'complete', summary: { total: 4, new: 1, removed: 1, changed: 2 } });
    expect(await changesSince(before)).toEqual([
      'DC0_C0_RP0_VM0 changed - status alice exact',
      'DC0_C0_RP0_VM1 changed - memory bob exact',
      'DC0_C0_RP0_VM2 removed - - carol exact',
      'copy created cloned - dave exact',
    ]);

    const { rows } = await rollcall('list-hosts --all -o json');
    const gone = rows.find(({ name }) => name === 'DC0_C0_RP0_VM2');
    expect(gone).toMatchObject({ presence: 'gone', presenceReason: 'removed from the inventory by carol' });

    const { rows: actions } = await rollcall('list-tasks --guest DC0_C0_RP0_VM1 -o json');
    expect(actions[0]).toMatchObject({ source: 'event', type: 'VmReconfiguredEvent', verb: 'configure', user: 'bob' });
    expect(new Set(actions.map(({ guestName }) => guestName))).toEqual(new Set(['DC0_C0_RP0_VM1']));

    expect(await sync()).toMatchObject({ outcome: 'complete', summary: { new: 0, removed: 0, changed: 0 } });
    expect(await changesSince(before)).toHaveLength(4);
  });

  it.each<[string, string, Rule]>([
    ['a walk that is cut', 'RetrievePropertiesEx', cutVms],
    ['an empty answer', 'RetrievePropertiesEx', withoutVms],
    ['no rights on the root folder', 'RetrievePropertiesEx', withoutRights],
  ])('removes nothing after %s', async (_what, method, rule) => {
    const before = await lastRev();
    const proxy = await openProxy(world.server.url, certificate);
    proxy.on(method, rule);
    const moved = await rollcall(`providers update dc1 --endpoint ${proxy.url} ${access}`);
    expect(moved).toMatchObject({ status: 0 });
    const { json, status } = await rollcall('discover-all -o json');
    expect(status).not.toBe(0);
    expect((json as Synced[])[0]?.summary).toMatchObject({ removed: 0 });
    await rollcall(`providers update dc1 --endpoint ${world.server.url} ${access}`);
    expect(await sync()).toMatchObject({ outcome: 'complete', summary: { removed: 0, new: 0 } });
    expect((await changesSince(before)).filter((line) => line.includes('removed'))).toEqual([]);
  });
});
