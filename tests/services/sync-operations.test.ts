import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AuditRepository } from '../../src/repositories/maintenance/audit-repository.ts';
import { verifyHistory } from '../../src/services/history/verify.ts';
import type { SentCall } from '../../src/types/action.ts';
import { type FeedWorld, openFeedWorld } from '../helpers/feed-world.ts';
import {
  beginAction,
  endAction,
  guestPlan,
  plannedCall,
  type StoredStep,
  sentCall,
} from '../helpers/stored-actions.ts';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
let count = 0;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const ACCOUNT = 'rollcall@pve!act';

async function open() {
  const world = await openFeedWorld(path.join(dir, `operations-${count++}.db`), {});
  closers.push(world.close);
  const [ct] = (await world.inventory.listGuests()).filter(
    ({ kind, status }) => kind === 'lxc' && status === 'running',
  );
  if (ct?.vmid == null) throw new Error('the lab has no container that runs');
  world.clock.pass(60_000);
  return { ...world, ct: { ...ct, vmid: ct.vmid } };
}

type Opened = Awaited<ReturnType<typeof open>>;

function stepOf({ ct }: Opened, sent: Partial<SentCall> & Pick<SentCall, 'sentAt'>): StoredStep {
  const { id: guestId, providerId, providerName, vmid, name, node } = ct;
  const plan = guestPlan({ kind: 'lxc', guestId, providerId, providerName, vmid, name, node }, [
    plannedCall({ path: `/nodes/${node}/lxc/${vmid}/config`, node, sets: { memory: '333' } }),
  ]);
  const state = sent.outcome === 'ok' ? 'done' : 'running';
  return { plan, state, calls: [sentCall({ account: ACCOUNT, ...sent })] };
}

async function newest({ history }: FeedWorld) {
  return (await history.listChanges()).at(-1);
}

describe('an edit of a container by an action', () => {
  it('is attributed by the run of another process while the action is in progress', async () => {
    const world = await open();
    const { clock, connection, lab, ct } = world;
    const sentAt = clock.now().toISOString();
    await beginAction(connection, { id: 'op1', steps: [stepOf(world, { sentAt })], now: clock.now() });
    lab.as(ACCOUNT).setConfig(ct.vmid, { memory: 333 });
    clock.pass(1_000);
    await world.fullRun();
    expect(await world.told()).toEqual([`lxc/${ct.vmid} changed memory by rollcall@pve`]);
    expect((await newest(world))?.attribution).toMatchObject({
      actor: 'rollcall@pve',
      token: 'act',
      source: 'operation',
      via: 'set',
      ref: 'op1/0',
      confidence: 'likely',
    });
  });

  it('is attributed for certain once it is done, by a full run as by one of the guest', async () => {
    for (const read of ['full', 'guest'] as const) {
      const world = await open();
      const { clock, connection, lab, ct } = world;
      const sentAt = clock.now().toISOString();
      lab.as(ACCOUNT).setConfig(ct.vmid, { memory: 333 });
      clock.pass(1_000);
      const done = { sentAt, endedAt: clock.now().toISOString(), outcome: 'ok' } as const;
      await beginAction(connection, { id: 'op1', steps: [stepOf(world, done)], now: clock.now() });
      await endAction(connection, { id: 'op1', now: clock.now() });
      if (read === 'full') await world.fullRun();
      else await world.service.syncGuests([{ kind: 'lxc', nativeId: String(ct.vmid) }]);
      expect((await newest(world))?.attribution).toMatchObject({
        actor: 'rollcall@pve',
        source: 'operation',
        ref: 'op1/0',
        confidence: 'exact',
      });
      expect((await verifyHistory(new AuditRepository(connection))).problems).toEqual([]);
    }
  });

  it('is of unknown origin without the action, and asks for none where nothing changed', async () => {
    const world = await open();
    const { clock, connection, lab, ct } = world;
    await world.fullRun();
    const idle = connection.statementCount();
    await world.fullRun();
    const statements = connection.statementCount() - idle;
    await beginAction(connection, {
      id: 'op1',
      steps: [stepOf(world, { sentAt: clock.now().toISOString() })],
      now: clock.now(),
    });
    const before = connection.statementCount();
    await world.fullRun();
    expect(connection.statementCount() - before).toBe(statements);
    lab.as('alice@pve').setConfig(ct.vmid, { memory: 444 });
    clock.pass(1_000);
    await world.fullRun();
    expect((await newest(world))?.attribution).toMatchObject({ actor: null, source: 'none', ref: null });
  });
});
