import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { storedBytes, testDatabase } from '../helpers/postgres.ts';
import { addLine, NO_ENVIRONMENT, secretOf } from '../helpers/stored-provider.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const isSqlite = testDatabase === 'sqlite';
let evil: Lab;
beforeAll(async () => {
  evil = await startLab({ nodes: 1, vms: 1, containers: 0 });
});
afterAll(() => evil.close());

/** Runs with stored providers alone, and with the configuration of one machine. */
function machine(world: World, name = 'config') {
  const folder = path.join(world.dir, name);
  const env = { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token), XDG_CONFIG_HOME: folder };
  return {
    folder: path.join(folder, 'rollcall'),
    rollcall: (line: string | readonly string[], more: Record<string, string | undefined> = {}): Promise<Ran> =>
      world.rollcall(line, { env: { ...env, ...more } }),
  };
}

async function sql(world: Pick<World, 'databaseUrl'>, ...statements: string[]): Promise<void> {
  const connection = await openDatabase(world.databaseUrl);
  for (const statement of statements) await connection.db.$executeRawUnsafe(statement);
  await connection.close();
}

/** Makes a database with one provider what version 0.1 would have left: no record of settings, and the key of the masks. */
function asOld(maskKey: string, settings = ''): string[] {
  return [
    `UPDATE "meta" SET "keyId" = '', "maskKey" = '${maskKey}', "rev" = 0, "lastHash" = "epoch", "lastAt" = '1970-01-01T00:00:00.000+00:00'`,
    'DELETE FROM "revisions"',
    `UPDATE "providers" SET "settingsRev" = NULL${settings}`,
  ];
}

/** The digest that a refused `confirm` prints. */
function digestIn({ stderr }: Ran): string {
  return /--settings ([0-9a-f]{16})/.exec(stderr)?.[1] ?? 'none';
}

describe('settings that were written past the program', () => {
  let world: World;
  let here: ReturnType<typeof machine>;
  beforeEach(async () => {
    world = await openWorld();
    here = machine(world);
    expect(await here.rollcall(addLine(world, 'prod'))).toMatchObject({ status: EXIT.done });
    world.lab.clearRequests();
    evil.clearRequests();
  });

  it.each([
    [
      'endpoints',
      () => `UPDATE "providers" SET "endpoints" = '["${evil.url}"]', "tls" = '{"mode":"insecure"}'`,
      /endpoints, tls are not as revision 1/,
    ],
    ['trust', () => `UPDATE "providers" SET "tls" = '{"mode":"insecure"}'`, /tls is not as revision 1 recorded/],
    [
      'a credential',
      () => `UPDATE "providers" SET "credential" = '{"kind":"token","tokenId":"root@pam!lab","secretRef":"env:HOME"}'`,
      /credential is not/,
    ],
    ['its record', () => `UPDATE "providers" SET "settingsRev" = NULL`, /no revision of the history recorded them/],
  ])('are not used: %s', async (_what, statement, message) => {
    await sql(world, statement());
    for (const line of [
      'discover-all',
      'providers test prod',
      'doctor',
      'providers trust prod',
      'providers update prod --endpoint pve9.test',
    ]) {
      const ran = await here.rollcall(line);
      expect({ line, text: ran.stdout + ran.stderr }).toEqual({ line, text: expect.stringMatching(message) });
      expect(ran.status).toBe(EXIT.usage);
    }
    expect([world.lab.requests, evil.requests]).toEqual([[], []]);
  });

  it('are used once somebody confirms exactly them', async () => {
    const moved = `127.0.0.1:${world.lab.port}`;
    await sql(world, `UPDATE "providers" SET "endpoints" = '["https://${moved}"]', "tls" = '{"mode":"insecure"}'`);
    const asked = await here.rollcall('providers confirm prod');
    expect(asked).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(
        /^endpoints {2}https:\/\/127\.0\.0\.1:\d+.*\ntrust {6}INSECURE \(recorded: fingerprint /m,
      ),
    });
    expect(await here.rollcall('providers confirm prod --settings 0123456789abcdef')).toMatchObject({
      status: EXIT.usage,
    });
    expect(await here.rollcall(`providers confirm prod --settings ${digestIn(asked)}`)).toMatchObject({
      status: EXIT.done,
      stderr: 'confirmed prod\n',
    });
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    expect((await here.rollcall('providers confirm prod')).stderr).toBe(
      'the settings of prod are confirmed; nothing was changed\n',
    );
    expect(await here.rollcall('verify')).toMatchObject({ status: EXIT.done });
  });

  it('are asked about on a terminal', async () => {
    await sql(world, `UPDATE "providers" SET "settingsRev" = NULL`);
    const answer = (yes: boolean) => ({
      env: { ...NO_ENVIRONMENT, SECRET: secretOf(world.lab.token), XDG_CONFIG_HOME: path.join(world.dir, 'config') },
      io: {
        ask: {
          text: async () => '',
          secret: async () => '',
          confirm: async () => yes,
          choose: async () => {
            throw new Error('nothing to choose');
          },
        },
      },
    });
    expect(await world.rollcall('providers confirm prod', answer(false))).toMatchObject({ status: EXIT.usage });
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.usage });
    expect(await world.rollcall('providers confirm prod', answer(true))).toMatchObject({ status: EXIT.done });
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it('that were recorded once and put back are told from the newest', async () => {
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    const connection = await openDatabase(world.databaseUrl);
    const { endpoints, tls, settingsRev } = await connection.db.provider.findFirstOrThrow();
    await connection.close();
    await here.rollcall('providers update prod --insecure');
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    await sql(
      world,
      `UPDATE "providers" SET "endpoints" = '${JSON.stringify(endpoints)}', "tls" = '${JSON.stringify(tls)}', "settingsRev" = ${settingsRev}`,
    );
    const ran = await here.rollcall('discover-all');
    expect(ran).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/are those of revision 1, older than those of \d/),
    });
  });

  it('are not sealed by whoever can only write to the database', async () => {
    await sql(
      world,
      `UPDATE "providers" SET "tls" = '{"mode":"insecure"}'`,
      `UPDATE "revisions" SET "detail" = REPLACE(CAST("detail" AS TEXT), '"mode":"fingerprint"', '"mode":"insecure"')${isSqlite ? '' : '::jsonb'} WHERE "kind" = 'settings'`,
    );
    expect((await here.rollcall('discover-all')).status).not.toBe(EXIT.done);
    expect(world.lab.requests).toEqual([]);
  });
});

describe('a command for a secret', () => {
  it('runs only where the user of the machine has allowed it', async () => {
    const world = await openWorld();
    const here = machine(world);
    const marker = path.join(world.dir, 'ran');
    const script = path.join(world.dir, 'secret.mjs');
    writeFileSync(
      script,
      `import fs from 'node:fs'; fs.appendFileSync(${JSON.stringify(marker)}, 'x'); console.log(${JSON.stringify(secretOf(world.lab.token))});`,
    );
    const reference = `command:${process.execPath} ${script}`;
    const added = await here.rollcall([
      ...addLine(world, 'prod').replace(' --secret env:SECRET', '').split(' '),
      '--secret',
      reference,
    ]);
    expect(added).toMatchObject({ status: EXIT.done });
    expect(await here.rollcall('discover-all')).toMatchObject({ status: EXIT.done });

    // Another machine with the key of the inventory, but with a user who has never seen the command.
    const there = machine(world, 'config-there');
    cpSync(path.join(here.folder, 'keys'), path.join(there.folder, 'keys'), { recursive: true });
    rmSync(marker);
    for (const line of ['discover-all', 'doctor', 'providers test prod']) {
      const ran = await there.rollcall(line);
      expect(ran.status).toBe(EXIT.usage);
      expect(ran.stdout + ran.stderr).toMatch(/this machine does not allow the command for a secret: /);
    }
    expect(existsSync(marker)).toBe(false);
    const asked = await there.rollcall('providers confirm prod');
    expect(await there.rollcall(`providers confirm prod --settings ${digestIn(asked)}`)).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/^allowed on this machine: .*secret\.mjs\nconfirmed prod\n$/),
    });
    expect(await there.rollcall('discover-all')).toMatchObject({ status: EXIT.done });

    // A list that others can write to allows nothing.
    chmodSync(path.join(there.folder, 'allowed-commands'), 0o666);
    expect(await there.rollcall('discover-all')).toMatchObject({ status: EXIT.usage });
  });
});

describe('the key of an inventory', () => {
  it('is needed for stored providers, and can be made anew', async () => {
    const world = await openWorld();
    const here = machine(world);
    await here.rollcall(addLine(world, 'prod'));
    const there = machine(world, 'config-there');
    world.lab.clearRequests();
    expect(await there.rollcall('discover-all')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(
        /the settings of prod cannot be checked: the key of this inventory \([0-9a-f]{16}\) is not on this machine\nhint: copy /,
      ),
    });
    expect(world.lab.requests).toEqual([]);
    expect(await there.rollcall('db new-key')).toMatchObject({ status: EXIT.usage });
    expect(await there.rollcall('db new-key --yes')).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/keys\/[0-9a-f]{16}\.json from now on.*\n.*rollcall providers confirm prod\n/),
    });
    expect(await there.rollcall('discover-all')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/revision 1 was not sealed with the key of this inventory/),
    });
    const digest = digestIn(await there.rollcall('providers confirm prod'));
    await there.rollcall(`providers confirm prod --settings ${digest}`);
    expect(await there.rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    // The first machine notices that its key does not count any more.
    expect((await here.rollcall('discover-all')).stderr).toMatch(
      /the database names the inventory key [0-9a-f]{16}, this machine has /,
    );
  });

  it('counts again when its name is taken out of the database', async () => {
    const world = await openWorld();
    const here = machine(world);
    await here.rollcall(addLine(world, 'prod'));
    await sql(world, `UPDATE "meta" SET "keyId" = ''`, `UPDATE "providers" SET "tls" = '{"mode":"insecure"}'`);
    expect(await here.rollcall('discover-all')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/tls is not as revision 1 recorded/),
    });
  });

  it('leaves the database of version 0.1, and its backups', async () => {
    const world = await openWorld();
    const here = machine(world);
    await here.rollcall(addLine(world, 'prod'));
    const old = 'ab'.repeat(32);
    rmSync(path.join(here.folder, 'keys'), { recursive: true });
    await sql(world, ...asOld(old));
    if (isSqlite) {
      const backup = path.join(world.dir, 'backup.db');
      expect(await here.rollcall(['db', 'backup', backup])).toMatchObject({ status: EXIT.done });
      expect(readFileSync(backup).includes(old)).toBe(false);
    }
    // A database that may come from anybody is not trusted for being old.
    expect(await here.rollcall('discover-all')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(
        /no revision of the history recorded them\nhint: nothing was sent\. .*rollcall providers confirm prod/,
      ),
    });
    if (isSqlite) expect((await storedBytes(world.database)).includes(old)).toBe(false);
    const connection = await openDatabase(world.databaseUrl);
    expect(connection.key.oldMaskSecret).toBe('');
    await connection.close();
  });
});

describe("the user's own database of version 0.1", () => {
  const before = process.env['XDG_DATA_HOME'];
  afterAll(() => {
    if (before === undefined) delete process.env['XDG_DATA_HOME'];
    else process.env['XDG_DATA_HOME'] = before;
  });

  it('goes on with its providers and their commands, which are sealed and allowed once', async () => {
    const world = await openWorld();
    process.env['XDG_DATA_HOME'] = path.join(world.dir, 'data');
    const here = machine(world);
    const own = { DATABASE_URL: undefined };
    await here.rollcall(addLine(world, 'prod'), own);
    const url = `file:${path.join(world.dir, 'data', 'rollcall', 'rollcall.db')}`;
    rmSync(here.folder, { recursive: true });
    const reference = `command:${process.execPath} -e "console.log('${secretOf(world.lab.token)}')"`;
    const credential = JSON.stringify({ kind: 'token', tokenId: 'root@pam!lab', secretRef: reference });
    await sql(
      { databaseUrl: url },
      ...asOld('ab'.repeat(32), `, "credential" = '${credential.replaceAll("'", "''")}'`),
    );
    expect(await here.rollcall('discover-all', own)).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/^prod: its settings are sealed with the inventory key from now on\n/),
    });
    expect(readFileSync(path.join(here.folder, 'allowed-commands'), 'utf8')).toContain(
      reference.slice('command:'.length),
    );
    // Once: from now on settings without a record are refused, in this database too.
    await sql(
      { databaseUrl: url },
      `UPDATE "meta" SET "keyId" = '', "maskKey" = '${'ab'.repeat(32)}'`,
      `UPDATE "providers" SET "settingsRev" = NULL`,
    );
    expect(await here.rollcall('discover-all', own)).toMatchObject({ status: EXIT.usage });
  });
});

describe('secrets of guests', () => {
  const described = (secret: string) => ({ description: `password=${secret}` });

  async function shown(run: (line: string) => Promise<Ran>) {
    const rows = (await run('show-changes --path description -o json')).rows;
    return rows.filter(({ before }) => before !== null).map(({ before, after }) => [before, after]);
  }

  it('are compared only by marks of one key', async () => {
    const world = await openWorld();
    const { lab } = world;
    const admin = lab.as('admin@pve');
    admin.setConfig(100, described('first-secret'));
    // The provider is the one that the environment describes: nothing stored is sent anywhere.
    const at = (folder: string) => (line: string) =>
      world.rollcall(line, { env: { XDG_CONFIG_HOME: path.join(world.dir, folder) } });
    const [here, blind] = [at('config'), at('config-blind')];
    await here('discover-all');
    const marked = async () => (await here('show-vm 100 -o json')).stdout.match(/«hidden[^»]*»/)?.[0];
    const first = await marked();
    expect(first).toMatch(/^«hidden:[0-9a-f]{4}\.[0-9a-f]{8}»$/);

    // A machine without the key keeps the mark that it cannot make.
    world.clock.advance(60_000);
    admin.setConfig(100, described('second-secret'));
    const ran = await blind('discover-all');
    expect(ran).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(
        /secrets of guests are hidden without a mark that shows changes: the key of this inventory/,
      ),
    });
    expect(await marked()).toBe(first);

    // The machine with the key sees the change.
    world.clock.advance(60_000);
    await here('discover-all');
    const second = await marked();
    expect(second).not.toBe(first);
    expect(await shown(here)).toEqual([[`password=${first}`, `password=${second}`]]);

    // A new key marks all secrets anew, which is no change of a guest.
    await here('db new-key --yes');
    world.clock.advance(60_000);
    await here('discover-all');
    expect(await marked()).not.toBe(second);
    expect(await shown(here)).toHaveLength(1);
    expect(await here('verify')).toMatchObject({ status: EXIT.done });
  });

  it('are hidden all the same where no key can be kept', async () => {
    const world = await openWorld();
    world.lab.as('admin@pve').setConfig(100, described('first-secret'));
    const file = path.join(world.dir, 'no-folder');
    writeFileSync(file, '');
    const ran = await world.rollcall('discover-all', { env: { XDG_CONFIG_HOME: file } });
    expect(ran).toMatchObject({ status: EXIT.done, stderr: expect.stringMatching(/cannot be written to .*no-folder/) });
    expect((await world.rollcall('show-vm 100 -o json')).stdout).toContain('password=«hidden»');
  });
});

it('an edit of settings is found by verify, whatever the row says of its record', async () => {
  const world = await openWorld();
  const here = machine(world);
  await here.rollcall(addLine(world, 'prod'));
  expect(await here.rollcall('verify')).toMatchObject({ status: EXIT.done });
  const found = async (...statements: string[]) => {
    await sql(world, ...statements);
    return (await here.rollcall('verify -o json')).json;
  };
  expect(await found(`UPDATE "providers" SET "settingsRev" = NULL`)).toMatchObject({
    ok: false,
    problems: [
      {
        where: expect.stringMatching(/^provider prod/),
        message: expect.stringMatching(/^names another revision than 1/),
      },
    ],
  });
  expect(await found(`UPDATE "providers" SET "settingsRev" = 1, "tls" = '{"mode":"insecure"}'`)).toMatchObject({
    ok: false,
    problems: [{ message: 'tls: not as revision 1 recorded' }],
  });
  expect(await found(`DELETE FROM "providers"`)).toMatchObject({
    ok: false,
    problems: [{ message: 'is missing; revision 1 recorded it' }],
  });
});
