import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

let world: World;
let rollcall: (line: string) => Promise<Ran>;

/** `prod`, which is read with the token of an auditor; `act@pve!run` acts, with whatever it is granted. */
beforeEach(async () => {
  world = await openWorld();
  const { acl } = world.lab;
  const secret = secretOf(acl.addToken('act@pve', 'run'));
  acl.setRole('Power', ['VM.Audit', 'VM.PowerMgmt']);
  const env = {
    ...NO_ENVIRONMENT,
    SECRET: secretOf(world.lab.auditorToken),
    ROOT: secretOf(world.lab.token),
    ACT: secret,
    XDG_CONFIG_HOME: path.join(world.dir, 'config'),
  };
  rollcall = (line) => world.rollcall(line, { env });
  const added = await rollcall(
    `providers add prod --endpoint ${world.lab.url} --fingerprint ${world.lab.fingerprint} ` +
      "--token-id 'rollcall@pve!ro' --secret env:SECRET --allow power,clone " +
      "--action-token-id 'act@pve!run' --action-secret env:ACT",
  );
  expect(added).toMatchObject({ status: EXIT.done });
});

function grant(...[where, role, propagate]: [string, string, boolean?]): void {
  for (const account of ['act@pve', 'act@pve!run']) world.lab.acl.grant(account, where, role, propagate);
}

function actions({ stdout }: Ran): string[] {
  return stdout
    .split('\n')
    .flatMap((line) => /^(?:prod +)?(ok|warn|FAILED) +actions +(.*)$/.exec(line)?.slice(1).join(' ') ?? []);
}

describe.each(['providers test prod', 'doctor'])('%s', (line) => {
  it('says what the account that acts lacks, with the lines that give it', async () => {
    const ran = await rollcall(line);
    expect(ran.status).toBe(EXIT.partial);
    expect(actions(ran)).toEqual([
      'FAILED power: act@pve!run lacks VM.PowerMgmt on /vms',
      'warn power: act@pve!run lacks VM.Audit on /vms (to see what became of a call whose answer was lost)',
      'FAILED clone: act@pve!run lacks VM.Clone, VM.Allocate on /vms',
      'FAILED clone: act@pve!run lacks Datastore.AllocateSpace on /storage',
      'FAILED clone: act@pve!run lacks SDN.Use on /sdn',
      'warn clone: act@pve!run lacks VM.Audit on /vms (to see what became of a call whose answer was lost)',
    ]);
    const lines = (role: string) =>
      `pveum acl modify / --users act@pve --roles ${role}; and for a token with privilege separation also: ` +
      `pveum acl modify / --tokens 'act@pve!run' --roles ${role}`;
    expect(ran.stderr.match(/^hint: pveum .*$/gm)).toEqual([
      `hint: pveum role add RollcallPower --privs VM.PowerMgmt,VM.Audit && ${lines('RollcallPower')}`,
      'hint: pveum role add RollcallClone --privs VM.Clone,VM.Allocate,Datastore.AllocateSpace,SDN.Use,VM.Audit && ' +
        lines('RollcallClone'),
    ]);
  });

  it('is content with the rights that its own lines give', async () => {
    const { acl } = world.lab;
    acl.setRole('RollcallPower', ['VM.PowerMgmt', 'VM.Audit']);
    acl.setRole('RollcallClone', ['VM.Clone', 'VM.Allocate', 'Datastore.AllocateSpace', 'SDN.Use', 'VM.Audit']);
    for (const role of ['RollcallPower', 'RollcallClone']) grant('/', role);
    const ran = await rollcall(line);
    expect(ran.status).toBe(EXIT.done);
    expect(actions(ran)).toEqual([
      'ok power: act@pve!run has VM.PowerMgmt on /vms, VM.Audit on /vms',
      'ok clone: act@pve!run has VM.Clone, VM.Allocate on /vms, Datastore.AllocateSpace on /storage, SDN.Use on /sdn, VM.Audit on /vms',
    ]);
  });
});

describe('providers test', () => {
  it('names the guests where a right is held alone', async () => {
    await rollcall('providers update prod --allow power');
    grant('/vms/100', 'Power');
    const ran = await rollcall('providers test prod');
    expect(ran.status).toBe(EXIT.done);
    expect(actions(ran)[0]).toBe('warn power: act@pve!run lacks VM.PowerMgmt on /vms, and may do it only on /vms/100');
  });

  it('gives a role where entries of a path take the place of what comes from above', async () => {
    await rollcall('providers update prod --allow destroy');
    grant('/', 'PVEAuditor');
    expect((await rollcall('providers test prod')).stderr).toContain('pveum acl modify / --users act@pve');
    grant('/vms', 'Power');
    expect((await rollcall('providers test prod')).stderr).toContain('pveum acl modify /vms --users act@pve');
  });

  it('warns of a credential for reading that could write', async () => {
    await rollcall('providers update prod --allow power');
    grant('/', 'Power');
    expect(actions(await rollcall('providers test prod'))).toHaveLength(1);
    await rollcall("providers update prod --token-id 'root@pam!lab' --secret env:ROOT");
    expect(actions(await rollcall('providers test prod'))[1]).toMatch(
      /^warn root@pam!lab, which only reads, may also write: VM\.PowerMgmt, VM\.Snapshot, VM\.Snapshot\.Rollback and \d+ more$/,
    );
    // It has to, where it is the one that acts.
    await rollcall('providers update prod --no-action-credential');
    expect(actions(await rollcall('providers test prod'))).toEqual([
      'ok power: root@pam!lab has VM.PowerMgmt on /vms, VM.Audit on /vms',
    ]);
  });

  it('asks with the credential for actions whether it is accepted, also while nothing is allowed', async () => {
    await rollcall('providers update prod --allow none');
    expect(actions(await rollcall('providers test prod'))).toEqual([
      'ok the server accepts act@pve!run, and nothing is allowed',
    ]);
    await rollcall('providers update prod --action-secret env:ROOT');
    const refused = await rollcall('providers test prod');
    expect(refused.status).toBe(EXIT.partial);
    expect(actions(refused)[0]).toMatch(/^FAILED .*(?:401|refused|invalid)/i);
    await rollcall('providers update prod --action-secret env:GONE');
    const gone = await rollcall('providers test prod');
    expect(actions(gone)).toEqual(['FAILED the environment variable GONE is not set']);
    expect(gone.stderr).toContain('rollcall providers update prod --action-secret file:/path');
  });

  it('sends the credential for actions to nobody who is not verified', async () => {
    expect((await rollcall('providers update prod --insecure')).stderr).toContain(
      'warning: prod: nothing is done while its certificate is not verified\nhint: rollcall providers trust prod\n',
    );
    world.lab.clearRequests();
    const ran = await rollcall('providers test prod');
    expect(actions(ran)).toEqual([
      'FAILED the certificate of prod is not verified: nothing is sent that changes anything',
    ]);
    expect(ran.stderr).toContain('hint: trust it first: rollcall providers trust prod');
    // The one for reading asks what it may do; nobody else does.
    expect(world.lab.requests.filter((one) => /^\/access\/permissions$/.test(one.path))).toHaveLength(1);
  });

  it('leaves a provider that allows nothing as it was, and writes nothing', async () => {
    await rollcall('providers update prod --allow none --no-action-credential');
    expect(actions(await rollcall('providers test prod'))).toEqual([]);
    await rollcall('providers update prod --allow power');
    world.lab.clearRequests();
    await rollcall('doctor');
    expect(new Set(world.lab.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  });
});

describe('a release without SDN', () => {
  it('does not need the use of bridges', async () => {
    const old = await openWorld({ release: '7.4' });
    const line = `providers add old --endpoint ${old.lab.url} --fingerprint ${old.lab.fingerprint} --token-id root@pam!lab --secret env:SECRET --allow clone`;
    const env = { ...NO_ENVIRONMENT, SECRET: secretOf(old.lab.token) };
    expect((await old.rollcall(line, { env })).status).toBe(EXIT.done);
    expect(actions(await old.rollcall('providers test old', { env }))).toEqual([
      'ok clone: root@pam!lab has VM.Clone, VM.Allocate on /vms, Datastore.AllocateSpace on /storage, VM.Audit on /vms',
    ]);
  });
});
