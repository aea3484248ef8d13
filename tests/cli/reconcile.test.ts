import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Receiver, startReceiver } from '../helpers/receiver.ts';
import { openWorld, type World } from '../helpers/world.ts';

interface Found {
  id: string;
  kind: string;
  subject: string;
  recordId: string | null;
  closedWhy: string | null;
}

const HEADER = 'id,native_id,uuid,name,owner,state,cores,memory_mb';

describe('a panel and the inventory', () => {
  let world: World;
  let receiver: Receiver;

  /** What the panel says from now on: a line for each server. */
  function panelSays(...lines: readonly string[]): void {
    writeFileSync(path.join(world.dir, 'servers.csv'), `${[HEADER, ...lines].join('\n')}\n`, { mode: 0o600 });
  }

  async function reconcile(line = 'reconcile') {
    world.clock.advance(60_000);
    const ran = await world.rollcall(`${line} -o json`);
    const { findings, ...report } = ran.json as { findings: Found[]; outcome: string; counts: object };
    const found = findings.map(({ kind, subject, recordId }) => `${kind} ${recordId ?? subject}`).toSorted();
    return { ...report, status: ran.status, stderr: ran.stderr, findings: found };
  }

  async function sync() {
    world.clock.advance(300_000);
    return world.rollcall('discover-all');
  }

  async function findingOf(kind: string): Promise<Found> {
    const rows = (await world.rollcall('list-findings -o json')).rows as unknown as Found[];
    const found = rows.find((row) => row.kind === kind);
    if (found === undefined) throw new Error(`no finding ${kind}`);
    return found;
  }

  beforeAll(async () => {
    world = await openWorld({ vms: 4, containers: 0 });
    receiver = await startReceiver();
    await world.rollcall('discover-all');
    const target = ['--url', receiver.url, '--allow-private', '--kind', 'finding'];
    await world.rollcall(['notify', 'add', 'webhook', 'ops', ...target]);
    panelSays('1,100,,,7,Active,,');
    await world.rollcall('panel add shop --type file --file servers.csv');
  });

  it('agree where every server is known', async () => {
    panelSays('1,100,,,7,,,', '2,101,,,7,,,', '3,102,,,8,,,', '4,103,,,8,,,');
    expect(await reconcile()).toMatchObject({
      status: EXIT.done,
      outcome: 'complete',
      findings: [],
      counts: { records: 4, guests: 4, matched: 4, new: 4, updated: 0, open: 0, errors: 0 },
    });
    expect(receiver.received).toEqual([]);
  });

  it('differ in what the panel does not know or knows otherwise, which is told once', async () => {
    panelSays('1,100,,,7,Suspended,,', '2,101,,,7,,64,', '9,999,,ghost,8,,,', '4,103,,,8,,,');
    expect(await reconcile()).toMatchObject({
      status: EXIT.deviating,
      findings: ['external-server lab/102 (app-03)', 'size-mismatch 2', 'state-mismatch 1', 'unowned lab/102 (app-03)'],
      counts: { opened: 4, closed: 0, open: 4 },
    });
    expect(await reconcile()).toMatchObject({ status: EXIT.deviating, counts: { opened: 0, closed: 0, open: 4 } });
    expect(await reconcile('reconcile --selector 101')).toMatchObject({
      status: EXIT.deviating,
      findings: ['size-mismatch 2'],
      counts: { opened: 0, closed: 0 },
    });
    expect(await reconcile('reconcile --selector 103')).toMatchObject({ status: EXIT.done, findings: [] });
    const titles = receiver.received.splice(0).map(({ json }) => (json as { title: string }).title);
    expect(titles.toSorted()).toEqual([
      'external-server (shop): lab/102 (app-03): it runs, and the panel does not know it',
      'size-mismatch (shop): lab/101 (proxy-02): it has less than is billed',
      'state-mismatch (shop): lab/100 (web-01): the panel says suspended, and it runs',
      'unowned: lab/102 (app-03): no rule and no panel says whose it is',
    ]);
  });

  it('miss a machine only once guests were listed after the record appeared', async () => {
    await sync();
    expect(await reconcile()).toMatchObject({ findings: expect.arrayContaining(['orphaned-record 9']) });
  });

  it('find owners by rules, by the names of accounts', async () => {
    await world.rollcall('accounts add acme --id shop:8');
    expect(await world.rollcall('accounts rules set tag:owner-*=shop')).toMatchObject({ status: 0 });
    world.lab.as('admin@pve').setConfig(102, { tags: 'owner-8' });
    await sync();
    const { findings } = await reconcile();
    expect(findings).not.toContain('unowned lab/102 (app-03)');
    const ofAcme = await world.rollcall('list-findings --open --account acme -o json');
    expect(ofAcme.rows.map(({ kind, accountName }) => [kind, accountName].join(' ')).toSorted()).toEqual([
      'external-server acme',
      'orphaned-record acme',
    ]);
    expect(await world.rollcall('accounts add other --id shop:8')).toMatchObject({ status: EXIT.usage });
  });

  it('leave out what somebody accepts, until it is over', async () => {
    const { id } = await findingOf('orphaned-record');
    expect(
      await world.rollcall(['findings', 'accept', id.slice(0, 16), '--reason', 'moves', '--until', '1h']),
    ).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('accepted until'),
    });
    expect((await reconcile()).findings).not.toContain('orphaned-record 9');
    world.clock.advance(3_600_000);
    await sync();
    expect((await reconcile()).findings).toContain('orphaned-record 9');
    expect((await world.rollcall(['findings', 'assign', id, 'alice'])).stdout).toMatch(/assigned to +alice/);
  });

  it('conclude nothing while the panel or the provider cannot be read', async () => {
    const before = (await reconcile()).findings;
    writeFileSync(path.join(world.dir, 'servers.csv'), `${HEADER}\n1,100\n`, { mode: 0o600 });
    expect(await reconcile()).toMatchObject({
      status: EXIT.failed,
      outcome: 'failed',
      counts: { errors: 1, opened: 0, closed: 0 },
    });
    panelSays('1,100,,,7,,,');
    const heal = world.lab.faults.add({ match: /cluster\/resources/, effect: { kind: 'status', status: 500 } });
    await sync();
    const unread = await reconcile();
    heal();
    // Records that the panel has no more are known to be gone; that is all.
    expect(unread).toMatchObject({ outcome: 'partial', counts: { opened: 0 } });
    expect(before).toEqual(expect.arrayContaining(unread.findings));
    expect(unread.findings).toContain('external-server lab/102 (app-03)');
    expect(unread.stderr).toContain('nothing is concluded from lab: GET /cluster/resources');
  });

  it('close what is solved by itself', async () => {
    panelSays('1,100,,,7,,,', '2,101,,,7,,,', '3,102,,,8,,,', '4,103,,,8,,,');
    await sync();
    expect(await reconcile()).toMatchObject({ status: EXIT.done, outcome: 'complete', findings: [] });
    expect(await findingOf('external-server')).toMatchObject({ closedWhy: 'solved' });
    expect(await findingOf('orphaned-record')).toMatchObject({ closedWhy: 'the record is gone' });
    expect(await world.rollcall('list-findings --open')).toMatchObject({ status: EXIT.done, stdout: '' });
  });

  it('stay apart where a vmid is used again', async () => {
    const admin = world.lab.as('admin@pve');
    admin.destroy(103);
    admin.clone(100, { newid: 103, name: 'newcomer' });
    await sync();
    const { findings } = await reconcile();
    expect(findings).toEqual(['external-server lab/103 (newcomer)', 'orphaned-record 4', 'unowned lab/103 (newcomer)']);
    const { id } = await findingOf('orphaned-record');
    expect(await world.rollcall('panel link shop 44 lab/103')).toMatchObject({
      status: EXIT.failed,
      stderr: 'error: shop has no record 44\nhint: did you mean 4?\n',
    });
    expect((await world.rollcall('panel link shop 4 lab/103')).stderr).toBe('record 4 of shop is lab/103\n');
    expect((await reconcile()).findings).toEqual([]);
    expect((await world.rollcall('panel unlink shop 4')).status).toBe(0);
    await world.rollcall(['findings', 'show', id]);
    expect((await world.rollcall(['findings', 'show', id])).stdout).toMatch(
      /evidence +its machine lab\/103 is gone since 20/,
    );
  });

  it('close what was found of a panel that is removed', async () => {
    panelSays('9,999,,ghost,8,,,');
    await sync();
    await reconcile();
    await sync();
    expect((await reconcile()).findings).toContain('orphaned-record 9');
    await world.rollcall('panel remove shop');
    expect(await reconcile()).toMatchObject({ status: EXIT.done, findings: [] });
    const { rows } = await world.rollcall('list-findings --kind orphaned-record -o json');
    expect(rows.filter(({ closedWhy }) => closedWhy === 'the panel was removed')).toMatchObject([{ recordId: '9' }]);
  });
});
