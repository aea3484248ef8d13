import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CATALOGUE } from '../../src/cli/catalogue.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import type { HeldAction } from '../../src/services/actions/action-service.ts';
import { type ActingApp, AUTHOR, EVERYTHING, openActingApp, planOf, requestOf } from '../campaign/acting-app.ts';
import { ACTOR, type ActingWorld, openActingWorld, READER } from '../helpers/acting-world.ts';
import { makeCertificate } from '../helpers/certificate.ts';

const SHUTDOWN = { verb: 'shutdown', timeoutSeconds: null, forceStop: false } as const;

/** Of every command that changes guests; `volid` is that of a backup. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  start: ['start 103'],
  shutdown: ['shutdown 100', "shutdown 'vmid>0' --keep-going"],
  stop: ['stop 100'],
  reboot: ['reboot 100'],
  reset: ['reset 100'],
  suspend: ['suspend 100', 'suspend 100 --to-disk'],
  resume: ['resume 100'],
  set: ['set 100 cores=2', 'set 100 --delete tags'],
  tag: ['tag 100 +made'],
  'resize-disk': ['resize-disk 100 scsi0 +1G'],
  'move-disk': ['move-disk 100 scsi0 --storage shared'],
  migrate: ['migrate 100 --to pve2'],
  clone: ['clone 103 --name copy --vmid auto'],
  create: [
    'create vm --name new --node pve1',
    'create container --node pve1 --ostemplate local:vztmpl/debian-12.tar.zst --name new',
  ],
  apply: ['apply no-such-file'],
  snapshot: [
    'snapshot create 100 --name one',
    'snapshot delete 102 --name before_upgrade',
    'snapshot rollback 102 --name before_upgrade',
  ],
  backup: ['backup 100 --storage backup'],
  restore: ['restore 103 --from VOLID', 'restore 103 --from VOLID --as 900'],
  template: ['template 103'],
  destroy: ['destroy 103'],
  api: [
    'api set /nodes/pve1/qemu/100/config cores=2',
    'api create /nodes/pve1/qemu/100/status/stop',
    'api delete /nodes/pve1/qemu/100',
  ],
};

describe('a provider that is only read', () => {
  it('gets not one request but GET, whatever command is typed', async () => {
    const world = await openActingWorld({ vms: 6 }, 'none');
    const volid = world.lab.as('root@pam').backup(103);
    expect(Object.keys(LINES).sort()).toEqual([...(CATALOGUE['Guests:'] ?? []).map(({ name }) => name), 'api'].sort());
    for (const line of Object.values(LINES).flat()) {
      for (const flags of ['--yes', '--yes --dry-run']) {
        if (flags.includes('dry') && line.startsWith('apply')) continue;
        const ran = await world.run(`${line.replace('VOLID', volid)} ${flags}`);
        // A file that is not there is not read.
        const isDenied = flags === '--yes' || line.startsWith('api');
        const status = line.startsWith('apply') ? EXIT.usage : isDenied ? EXIT.denied : EXIT.failed;
        expect([line, flags, ran.status, ran.stderr]).toEqual([line, flags, status, ran.stderr]);
      }
    }
    expect(world.lab.writes).toEqual([]);
    expect(Object.keys(world.lab.requestCounts())).toEqual(['GET']);
  }, 180_000);

  it('nor where somebody has written to the database that it allows something', async () => {
    const world = await openActingWorld({ vms: 3 }, 'none');
    const connection = await openDatabase(world.databaseUrl);
    await connection.db.$executeRawUnsafe(`UPDATE "providers" SET "allow" = '["power"]'`);
    await connection.close();
    expect((await world.run('stop 100 --yes')).status).not.toBe(0);
    expect(Object.keys(world.lab.requestCounts())).toEqual(['GET']);
  });
});

describe('a server', () => {
  it.each(['shutdown 100 --yes', 'stop 100 --yes --dry-run'])(
    'whose certificate is not verified is asked nothing: %s',
    async (line) => {
      const world = await openActingWorld({ vms: 3 });
      await world.run('providers update prod --insecure');
      world.lab.clearRequests();
      const ran = await world.run(line);
      expect([ran.status, ran.stderr]).toEqual([expect.any(Number), expect.stringContaining('certificate')]);
      expect(ran.status).not.toBe(0);
      expect(world.lab.requests).toEqual([]);
    },
  );

  it('gets writes with the credential for actions alone', async () => {
    const world = await openActingWorld({ vms: 3 });
    world.lab.clearRequests();
    expect(await world.run('shutdown 100 102 --yes --many')).toMatchObject({ status: 0 });
    expect(world.lab.writes.map(({ authid, status }) => [authid, status])).toEqual([
      [ACTOR, 200],
      [ACTOR, 200],
    ]);
    expect(world.lab.writes.map(({ authid }) => authid)).not.toContain(READER);
  });

  it('is not written to at an address that was learnt and shows another certificate, whatever the database says of it', async () => {
    const world = await openActingWorld({ nodes: 3, vms: 4, endpoints: 'per-node' });
    const heard: string[] = [];
    const { key, pem, fingerprint } = await makeCertificate({ host: '127.0.0.1', subject: 'pve2' });
    const impostor = createServer({ key, cert: pem }, (request, response) => {
      heard.push(`${request.method} ${request.url}`);
      response.end('{"data":"UPID:pve2:00000001:00000001:00000001:qmshutdown:101:root@pam!lab:"}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => impostor.once('listening', resolve));
    const url = `https://127.0.0.1:${(impostor.address() as AddressInfo).port}`;
    const connection = await openDatabase(world.databaseUrl);
    const [provider] = await connection.db.provider.findMany();
    await connection.db.$executeRawUnsafe(`DELETE FROM "endpoint_health" WHERE "node" = 'pve2'`);
    await connection.db.endpointHealth.create({
      data: {
        providerId: provider?.id ?? '',
        url,
        node: 'pve2',
        isConfigured: false,
        fingerprint,
        lastOkAt: world.clock.now(),
        failures: 0,
      },
    });
    await connection.close();
    const vmid = world.lab.guests().find(({ node, power }) => node === 'pve2' && power === 'running')?.vmid ?? 0;
    world.lab.as('root@pam').setHa(vmid, null);
    world.lab.clearRequests();
    const ran = await world.run(`shutdown ${vmid} --yes`);
    impostor.closeAllConnections();
    impostor.close();
    expect([ran.status, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(heard).toEqual([]);
    expect(world.lab.writes.map(({ listener, status }) => `${listener} ${status}`)).toEqual([
      expect.stringMatching(/^pve[123] 200$/),
    ]);
  });
});

describe('an operation in the database', () => {
  let world: ActingWorld;
  let acting: ActingApp;
  let ids = 0;

  beforeEach(async () => {
    world = await openActingWorld({ nodes: 2, vms: 6 });
    for (const { vmid, haState } of world.lab.guests())
      if (haState !== null) world.lab.as('root@pam').setHa(vmid, null);
    acting = await openActingApp(world);
  });

  async function begin(vmids: readonly number[], service = acting.service()) {
    const guests = (await acting.guests()).filter(({ vmid }) => vmids.includes(vmid ?? 0));
    const plans = await acting.plan(guests.map((guest) => requestOf(guest, SHUTDOWN)));
    const id = `operation${++ids}`.padEnd(16, '0');
    const held = await service.begin(planOf(id, plans), AUTHOR, {});
    return { id, held, service };
  }

  const perform = (
    service: ReturnType<ActingApp['service']>,
    held: HeldAction,
    onEvent: () => unknown = () => undefined,
  ) => service.perform(held, { ...EVERYTHING, onEvent: () => void onEvent() });

  const EDITS: readonly [string, string][] = [
    ['plan', `"plan" = replace("plan", 'shutdown', 'stop')`],
    ['provider', `"providerId" = 'another'`],
    ['vmid', `"vmid" = 102`],
    ['kind', `"kind" = 'lxc'`],
    ['node', `"node" = 'pve2'`],
    ['guest', `"guestId" = 'other'`],
    ['seal', `"seal" = 'x'`],
  ];
  it.each(EDITS)('whose step has another %s sends nothing', async (_, edit) => {
    const { held, service } = await begin([100]);
    const set =
      acting.connection.provider === 'postgresql'
        ? edit.replace('replace("plan",', 'replace("plan"::text,').replace(`'stop')`, `'stop')::jsonb`)
        : edit;
    await acting.connection.db.$executeRawUnsafe(`UPDATE "operation_steps" SET ${set}`);
    await expect(perform(service, held)).rejects.toMatchObject({ code: 'unconfirmed' });
    expect(world.lab.writes).toEqual([]);
  });

  it('takes no guest of another operation, and takes all of its own or none', async () => {
    const first = await begin([100]);
    await expect(begin([100, 102])).rejects.toMatchObject({ code: 'locked' });
    await begin([102]);
    await expect(acting.service().takeOver({ id: first.id })).rejects.toMatchObject({ code: 'locked' });
    expect(world.lab.writes).toEqual([]);
  });

  it('that another process has taken meanwhile sends nothing more', async () => {
    const { id, held, service } = await begin([100, 102, 104]);
    const limits = { parallel: 1, perNode: 1, perStorage: 1 };
    let isStolen = false;
    const done = await service.perform(held, {
      ...EVERYTHING,
      limits,
      onEvent: ({ kind }) => {
        if (kind !== 'ended' || isStolen) return;
        isStolen = true;
        void acting.connection.db.$executeRawUnsafe(`UPDATE "operations" SET "holder" = 'thief' WHERE "id" = '${id}'`);
      },
    });
    expect(done.isOver).toBe(false);
    expect(world.lab.writes.length).toBeLessThanOrEqual(2);
    expect((await acting.repository.holder(id, world.clock.now()))?.holder).toBe('thief');
    const sent = world.lab.writes.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(world.lab.writes.length).toBe(sent);
  });

  it('that a service takes over has nothing of what it began before', async () => {
    const service = acting.service({ isDead: () => true });
    const first = await begin([100], service);
    const second = await begin([102]);
    await perform(service, await service.takeOver({ id: second.id }));
    expect(world.lab.writes.map(({ path }) => path)).toEqual([expect.stringContaining('/qemu/102/status/shutdown')]);
    expect((await acting.repository.steps(first.id))[0]?.state).toBe('waiting');
  });
});
