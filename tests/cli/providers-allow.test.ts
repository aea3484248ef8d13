import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { addLine, NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type Ran, type RunOptions, type World } from '../helpers/world.ts';

const TOKEN = "--action-token-id 'rollcall@pve!act'";

interface Here {
  world: World;
  rollcall: (line: string, options?: RunOptions) => Promise<Ran>;
}

/** A world with the stored provider `prod`. */
async function openHere(): Promise<Here> {
  const world = await openWorld();
  const env = {
    ...NO_ENVIRONMENT,
    SECRET: secretOf(world.lab.token),
    ACT: 'x',
    XDG_CONFIG_HOME: path.join(world.dir, 'config'),
  };
  const rollcall: Here['rollcall'] = (line, options = {}) =>
    world.rollcall(line, { ...options, env: { ...env, ...options.env } });
  expect(await rollcall(addLine(world, 'prod'))).toMatchObject({ status: EXIT.done });
  return { world, rollcall };
}

async function shown({ rollcall }: Here): Promise<Record<string, unknown>> {
  return (await rollcall('providers show prod -o json')).json as Record<string, unknown>;
}

async function sql({ world }: Pick<Here, 'world'>, ...statements: string[]): Promise<void> {
  const connection = await openDatabase(world.databaseUrl);
  for (const statement of statements) await connection.db.$executeRawUnsafe(statement);
  await connection.close();
}

async function rowOf({ world }: Here) {
  const connection = await openDatabase(world.databaseUrl);
  const row = await connection.db.provider.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
  await connection.close();
  return row;
}

async function settingsOfRevisions({ world }: Here): Promise<unknown[]> {
  const connection = await openDatabase(world.databaseUrl);
  const revisions = await connection.db.revision.findMany({ where: { kind: 'settings' }, orderBy: { rev: 'asc' } });
  await connection.close();
  return revisions.map(({ detail }) => (detail as { settings: unknown }).settings);
}

describe('a provider', () => {
  let here: Here;
  beforeEach(async () => {
    here = await openHere();
  });

  it('is only read until its owner allows more', async () => {
    expect(await shown(here)).toMatchObject({ allow: [] });
    expect(await shown(here)).not.toHaveProperty('actionCredential');
    expect(await rowOf(here)).toMatchObject({ allow: null, actionCredential: null });
    expect((await here.rollcall('providers show prod')).stdout).toMatch(/^allowed +nothing$/m);
    expect((await here.rollcall('providers list')).stdout).not.toMatch(/ALLOWED|ACTS AS/);
    expect(Object.keys((await settingsOfRevisions(here))[0] as object)).toEqual([
      'name',
      'type',
      'endpoints',
      'tls',
      'credential',
    ]);
  });

  it('allows what is named, in place of what it allowed before, and nothing again', async () => {
    expect(await here.rollcall('providers update prod --allow snapshot,power')).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr: 'changed prod\nhint: see whether its rights are enough: rollcall providers test prod\n',
    });
    expect(await shown(here)).toMatchObject({ allow: ['power', 'snapshot'] });
    expect((await here.rollcall('providers list --columns name,allow,actsAs')).stdout).toBe(
      'NAME  ALLOWED         ACTS AS\nprod  power,snapshot  token root@pam!lab (env:SECRET), as it reads\n',
    );
    expect((await here.rollcall('discover-all')).status).toBe(EXIT.done);
    await here.rollcall('providers update prod --allow backup --allow destroy');
    expect(await shown(here)).toMatchObject({ allow: ['backup', 'destroy'] });
    expect(await here.rollcall('providers update prod --allow none')).toMatchObject({
      status: EXIT.done,
      stderr: 'changed prod\n',
    });
    expect(await shown(here)).toMatchObject({ allow: [] });
    expect(await rowOf(here)).toMatchObject({ allow: null });
    expect((await here.rollcall('verify')).status).toBe(EXIT.done);
    expect((await here.rollcall('providers confirm prod')).stderr).toMatch(/are confirmed/);
  });

  it.each([
    [
      '--allow power,snapshots',
      "error: --allow does not know 'snapshots'\n" +
        'hint: did you mean snapshot? there are: power, snapshot, config, backup, migrate, clone, create, destroy, api, none\n',
    ],
    [
      "--allow 'p*'",
      "error: --allow does not know 'p*'\n" +
        'hint: there are: power, snapshot, config, backup, migrate, clone, create, destroy, api, none\n',
    ],
    ['--allow none,power', 'error: --allow has none beside other words\nhint: give --allow none alone\n'],
    ['--allow power --allow none', 'error: --allow has none beside other words\nhint: give --allow none alone\n'],
    [
      TOKEN,
      'error: --action-token-id is given without --action-secret\n' +
        'hint: give both; --action-secret takes env:NAME, file:/path, keyring:SERVICE/ACCOUNT or command:PROGRAM ARGUMENTS\n',
    ],
    [
      '--action-token-id rollcall --action-secret env:ACT',
      'error: --action-token-id is not the id of a token\nhint: write it as user@realm!name\n',
    ],
    [
      `${TOKEN} --action-secret 0123-secret`,
      'error: --action-secret is not a reference to a secret\nhint: use env:NAME, file:/path, keyring:SERVICE/ACCOUNT or ' +
        'command:PROGRAM ARGUMENTS; a secret on a command line can be seen by others\n',
    ],
    [
      `${TOKEN} --action-secret env:ACT --no-action-credential`,
      'error: the credential for actions is both given and taken away\nhint: leave one of them out\n',
    ],
  ])('refuses %s', async (flags, stderr) => {
    expect(await here.rollcall(`providers update prod ${flags}`)).toEqual({ status: EXIT.usage, stdout: '', stderr });
    expect(await rowOf(here)).toMatchObject({ allow: null, actionCredential: null });
  });

  it('has a credential for actions, which is changed in parts and taken away', async () => {
    const update = (flags: string) => here.rollcall(`providers update prod ${flags}`);
    expect(await update(`--allow power ${TOKEN} --action-secret env:ACT`)).toMatchObject({ status: EXIT.done });
    const actionCredential = { kind: 'token', tokenId: 'rollcall@pve!act', secretRef: 'env:ACT' };
    expect(await shown(here)).toMatchObject({
      allow: ['power'],
      actionCredential,
      credential: { secretRef: 'env:SECRET' },
    });
    expect((await here.rollcall('providers show prod')).stdout.match(/^(?:allowed|acts as|credential) .*$/gm)).toEqual([
      'credential     token root@pam!lab (env:SECRET)',
      'allowed        power',
      'acts as        token rollcall@pve!act (env:ACT)',
    ]);
    await update('--action-secret env:OTHER');
    expect(await shown(here)).toMatchObject({ actionCredential: { ...actionCredential, secretRef: 'env:OTHER' } });
    for (const flag of ['--no-action-credential', '--action-token-id none']) {
      await update(`${TOKEN} --action-secret env:ACT`);
      expect(await shown(here)).toHaveProperty('actionCredential');
      expect((await update(flag)).status).toBe(EXIT.done);
      expect(await rowOf(here)).toMatchObject({ allow: ['power'], actionCredential: null });
    }
    await update('--action-user act@pve --action-password env:ACT');
    expect(await shown(here)).toMatchObject({
      actionCredential: { kind: 'password', user: 'act@pve', passwordRef: 'env:ACT' },
    });
    // Reads go on with their own.
    expect((await here.rollcall('discover-all')).status).toBe(EXIT.done);
    expect((await here.rollcall('verify')).status).toBe(EXIT.done);
  });

  it('is asked for the secret of actions on a terminal, and keeps it beside the one for reading', async () => {
    const entries = new Map<string, string>();
    const asked: string[] = [];
    const answers = ['the-secret'];
    const next = async (question: string) => {
      asked.push(question);
      return answers.shift() ?? '';
    };
    const ran = await here.rollcall(`providers update prod --allow power ${TOKEN}`, {
      io: {
        keyring: {
          get: async (service, account) => entries.get(`${service}/${account}`) ?? null,
          set: async (service, account, secret) => void entries.set(`${service}/${account}`, secret),
        },
        ask: {
          text: next,
          secret: next,
          confirm: async () => true,
          choose: async (_, choices) => {
            const [first] = choices;
            if (first === undefined) throw new Error('nothing to choose');
            return first.value;
          },
        },
      },
    });
    expect(asked).toEqual(['Secret of the token rollcall@pve!act']);
    expect(ran.stderr).toMatch(/^kept the secret as keyring:rollcall\/prod\+actions$/m);
    expect([...entries]).toEqual([['rollcall/prod+actions', 'the-secret']]);
    expect(await shown(here)).toMatchObject({
      actionCredential: { secretRef: 'keyring:rollcall/prod+actions' },
      credential: { secretRef: 'env:SECRET' },
    });
  });

  it('allows from the start what `providers add` says', async () => {
    const other = await openWorld({ clusterName: 'other', seed: 2 });
    const more = `--fingerprint ${other.lab.fingerprint} --allow power ${TOKEN} --action-secret env:ACT --no-check`;
    expect(await here.rollcall(addLine(other, 'more', more))).toMatchObject({ status: EXIT.done });
    expect((await here.rollcall('providers show more -o json')).json).toMatchObject({
      allow: ['power'],
      actionCredential: { tokenId: 'rollcall@pve!act' },
    });
    expect((await here.rollcall('providers confirm more')).stderr).toMatch(/are confirmed/);
    const log = (await here.rollcall('users log -o json')).rows;
    expect(log[0]).toMatchObject({ action: 'provider.add', detail: { endpoints: [other.lab.url], allow: ['power'] } });
  });

  it('of another kind allows nothing', async () => {
    const add = 'providers add cloud --type aws --endpoint organization --login default --no-check';
    const refused = await here.rollcall(`${add} --allow power`);
    expect(refused).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/^error: .* is only read: there are no actions to allow\nhint: leave out --allow/),
    });
    expect((await here.rollcall(add)).status).toBe(EXIT.done);
    expect(await here.rollcall('providers update cloud --allow power')).toMatchObject({ status: EXIT.usage });
    expect(await here.rollcall(`providers update cloud ${TOKEN} --action-secret env:ACT`)).toMatchObject({
      status: EXIT.usage,
    });
    expect(await here.rollcall('providers update cloud --allow none')).toMatchObject({ status: EXIT.done });
  });

  it('has who allowed it in the record of actions', async () => {
    await here.rollcall(`providers update prod --allow power ${TOKEN} --action-secret env:ACT`);
    const log = await here.rollcall('users log --action provider.change -o json');
    expect(log.rows[0]).toMatchObject({
      target: 'prod',
      detail: { fields: ['allow', 'actionCredential'], allow: ['power'] },
    });
    expect(log.stdout).not.toContain('env:ACT');
  });

  it('takes its credential for actions to a new address, and says so', async () => {
    await here.rollcall(`providers update prod --allow power ${TOKEN} --action-secret env:ACT`);
    const moved = `https://localhost:${here.world.lab.port}`;
    const ran = await here.rollcall(`providers update prod --endpoint ${moved}`);
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr: 'changed prod\nthe credential for actions, rollcall@pve!act, goes to the new address as well\n',
    });
    const other = await openWorld({ clusterName: 'other', seed: 2 });
    const line = `providers update prod --endpoint ${other.lab.url} --fingerprint ${other.lab.fingerprint}`;
    const env = { SECRET: secretOf(other.lab.token) };
    expect(await here.rollcall(line, { env })).toMatchObject({ stderr: expect.stringContaining('another cluster') });
    expect(await shown(here)).toMatchObject({ endpoints: [moved] });
  });

  it('forgets all of it when it is removed', async () => {
    await here.rollcall(`providers update prod --allow power ${TOKEN} --action-secret env:ACT`);
    expect((await here.rollcall('providers remove prod --yes')).status).toBe(EXIT.done);
    expect(await rowOf(here)).toMatchObject({
      allow: null,
      actionCredential: { kind: 'token', tokenId: 'rollcall@pve!act', secretRef: '' },
    });
    expect((await here.rollcall('verify')).status).toBe(EXIT.done);
  });
});

describe('what somebody allows by the database alone', () => {
  let here: Here;
  beforeEach(async () => {
    here = await openHere();
    here.world.lab.clearRequests();
  });

  const ROOT = '{"kind":"token","tokenId":"root@pam!lab","secretRef":"env:SECRET"}';

  it.each([
    ['allow', `UPDATE "providers" SET "allow" = '["power"]'`],
    ['actionCredential', `UPDATE "providers" SET "actionCredential" = '${ROOT}'`],
  ])('is not used: %s', async (field, statement) => {
    await sql(here, statement);
    for (const line of [
      'discover-all',
      'providers test prod',
      'providers update prod --allow power',
      'providers update prod --action-user a@pve --action-password env:ACT',
      'providers update prod --endpoint pve9.test',
    ]) {
      const ran = await here.rollcall(line);
      expect({ line, text: ran.stdout + ran.stderr }).toEqual({
        line,
        text: expect.stringContaining(`${field} is not as revision 1 recorded`),
      });
      expect(ran.status).toBe(EXIT.usage);
    }
    expect(here.world.lab.requests).toEqual([]);
    const verified = await here.rollcall('verify');
    expect(verified.status).not.toBe(EXIT.done);
    expect(verified.stdout + verified.stderr).toContain(`${field}: not as revision 1 recorded`);
  });

  it('is shown beside what was recorded before somebody confirms it', async () => {
    await sql(here, `UPDATE "providers" SET "allow" = '["power"]', "actionCredential" = '${ROOT}'`);
    const asked = await here.rollcall('providers confirm prod');
    expect(asked.stderr).toContain(
      'allowed    power (recorded: nothing)\nacts as    token root@pam!lab (env:SECRET) (recorded: nobody)\n',
    );
    const digest = /--settings ([0-9a-f]{16})/.exec(asked.stderr)?.[1] ?? 'none';
    expect(await here.rollcall(`providers confirm prod --settings ${digest}`)).toMatchObject({ status: EXIT.done });
    expect((await here.rollcall('discover-all')).status).toBe(EXIT.done);
  });

  it('is not what was allowed once and put back', async () => {
    await here.rollcall('providers update prod --allow power');
    const { settingsRev } = await rowOf(here);
    await here.rollcall('providers update prod --allow none');
    await sql(here, `UPDATE "providers" SET "allow" = '["power"]', "settingsRev" = ${settingsRev}`);
    expect(await here.rollcall('discover-all')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/are those of revision \d+, older than those of \d+/),
    });
  });

  it('does not become confirmed by a provider that is stored in place of one that the environment describes', async () => {
    const world = await openWorld();
    expect((await world.rollcall('discover-all')).status).toBe(EXIT.done);
    await sql({ world }, `UPDATE "providers" SET "allow" = '["power"]', "actionCredential" = '${ROOT}'`);
    const env = { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token) };
    const added = await world.rollcall(addLine(world, 'lab'), { env });
    expect(added).toMatchObject({ status: EXIT.done, stderr: expect.stringContaining('its history stays') });
    const row = (await world.rollcall('providers show lab -o json', { env })).json;
    expect(row).toMatchObject({ allow: [], settingsRev: expect.any(Number) });
    expect(row).not.toHaveProperty('actionCredential');
  });

  it('does not become confirmed when the environment changes where a provider is', async () => {
    const other = await openWorld({ clusterName: 'other', seed: 2 });
    const env = { ...other.lab.env(), PROXMOX_VE_NAME: 'more' };
    const rollcall = (line: string, more = {}) => other.rollcall(line, { env: { ...env, ...more } });
    expect((await rollcall('providers add more')).status).toBe(EXIT.done);
    expect((await rollcall('providers update more --allow power')).status).toBe(EXIT.done);
    const allowed = async () => (await rollcall('providers show more -o json')).json;
    expect((await rollcall('discover-all')).status).toBe(EXIT.done);
    expect(await allowed()).toMatchObject({ allow: ['power'] });
    const moved = { PROXMOX_VE_ENDPOINT: `https://localhost:${other.lab.port}` };
    expect((await rollcall('discover-all', moved)).status).toBe(EXIT.done);
    expect(await allowed()).toMatchObject({ endpoints: [moved.PROXMOX_VE_ENDPOINT], allow: [] });
    expect((await rollcall('verify')).status).toBe(EXIT.done);
  });
});
