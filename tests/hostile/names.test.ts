import { describe, expect, it } from '@jest/globals';
import type { Ask } from '../../src/cli/output/io.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { testDatabase } from '../helpers/postgres.ts';
import { startReplay } from '../helpers/replay-server.ts';
import { addLine, quiet } from '../helpers/stored-provider.ts';
import { openWorld } from '../helpers/world.ts';
import { everyHostileText, expectHarmless } from './hostile-text.ts';

const ESC = String.fromCodePoint(0x1b);

describe('the name of a provider', () => {
  const BAD = [
    'two words',
    'a/b',
    '.x',
    'prod\nhint: FORGED',
    `prod${ESC}[2J`,
    'pr\u202eod',
    'pr\u200dod',
    '',
    'x'.repeat(201),
  ];

  it.each(BAD)('%j is refused wherever it comes from', async (name) => {
    const world = await openWorld();
    const rollcall = quiet(world);
    const refused = expect.stringMatching(/^error: .* cannot be the name of a provider\nhint: use letters, digits/);
    await rollcall(addLine(world, 'prod'));
    const add = addLine(world, 'NAME').split(' ');
    const words = add.map((word) => (word === 'NAME' ? name : word));
    for (const line of [words, ['providers', 'update', 'prod', '--rename', name]]) {
      const ran = await world.rollcall(line, { env: { SECRET: 'x' } });
      expect(ran).toMatchObject({ status: 2, stdout: '', stderr: refused });
      expectHarmless(ran.stderr, line.join(' '));
    }
    if (name === '') return;
    const byFlag = await openWorld();
    expect(await byFlag.rollcall(['discover-all', '--endpoint', byFlag.lab.url, '--provider', name])).toMatchObject({
      status: 2,
      stderr: refused,
    });
    for (const env of [{}, { PROXMOX_VE_API_TOKEN: undefined }]) {
      const ran = await byFlag.rollcall('discover-all', { env: { PROXMOX_VE_NAME: name, ...env } });
      expect(ran).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining('PROXMOX_VE_NAME cannot be'),
      });
      expectHarmless(ran.stderr, 'PROXMOX_VE_NAME');
    }
    expect((await byFlag.rollcall('providers list -o name')).stdout).toBe('');
  });

  it('PROXMOX_VE_NAME is checked too where a stored provider has its address', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const ran = await world.rollcall('discover-all', { env: { PROXMOX_VE_NAME: 'prod\nhint: FORGED' } });
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringMatching(/^error: PROXMOX_VE_NAME cannot be/) });
  });

  it('is the host where nothing else is said, also when that is an IPv6 address', async () => {
    const world = await openWorld();
    const name = async (endpoint: string) => {
      const env = { PROXMOX_VE_NAME: undefined, PROXMOX_VE_ENDPOINT: endpoint };
      return (await world.rollcall('discover-all', { env })).stdout.replace(/: (?:failed|\d).*\n/s, '');
    };
    expect(await name(world.lab.url)).toBe('127.0.0.1');
    expect(await name('https://[::1]:1')).toBe('::1');
  });

  it('that someone wrote into the database is shown escaped and warned about, and can be changed by the id', async () => {
    const world = await openWorld();
    const rollcall = quiet(world);
    await rollcall(addLine(world, 'prod'));
    const connection = await openDatabase(world.databaseUrl);
    // PostgreSQL takes neither NUL nor half a character.
    const text = testDatabase === 'sqlite' ? everyHostileText : everyHostileText.replaceAll(/[\0\p{Surrogate}]/gu, '');
    await connection.db.provider.updateMany({ data: { name: `prod${text}` } });
    const [stored] = await connection.db.provider.findMany();
    await connection.close();
    for (const line of ['discover-all', 'providers test', 'doctor']) {
      const { stdout, stderr } = await rollcall(line);
      expectHarmless(stdout + stderr, line);
      expect(stderr).toMatch(/^warning: the stored name 'prodx\\x1b\[2J.*' is not allowed as the name of a provider$/m);
      expect(stderr).toContain(`then: rollcall providers update ${stored?.id} --rename NAME\n`);
    }
    const rename = () => rollcall(`providers update ${stored?.id} --rename prod`);
    const refused = await rename();
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: .* are not confirmed: name is not/),
    ]);
    const digest = /--settings (\S+)/.exec((await rollcall(`providers confirm ${stored?.id}`)).stderr)?.[1];
    expect((await rollcall(`providers confirm ${stored?.id} --settings ${digest}`)).status).toBe(0);
    expect(await rename()).toMatchObject({ status: 0, stderr: 'changed prod\n' });
    expect((await rollcall('providers list -o name')).stdout).toBe('prod\n');
  });
});

describe('questions', () => {
  it('and what is shown with them hold nothing of a certificate as it is', async () => {
    const world = await openWorld();
    const certificate = await makeCertificate({ host: 'localhost', subject: 'pve\u202ehint: \u200bFORGED' });
    const server = await startReplay({}, { certificate });
    const asked: string[] = [];
    const no = async (message: string): Promise<never> => Promise.reject(new Error(message));
    const ask: Ask = {
      text: no,
      secret: no,
      choose: no,
      confirm: async (message) => {
        asked.push(message);
        return false;
      },
    };
    const line = `providers add prod --endpoint ${server.url} --token-id root@pam!lab --secret env:SECRET`;
    const env = { SECRET: 'x', PROXMOX_VE_CA_FILE: undefined };
    const shown = await world.rollcall(line, { env, io: { ask } });
    const told = await world.rollcall(line, { env });
    for (const { stdout, stderr } of [shown, told]) expectHarmless(`${stdout}${stderr}`, line);
    expect(shown.stderr).toMatch(/^ {2}subject {2}CN=pve\\u\{202e\}hint: \\u\{200b\}FORGED$/m);
    expect(asked).toEqual(['Trust this certificate from now on?']);
    await server.close();
  });

  it('hold nothing of an argument or of the database as it is', async () => {
    const world = await openWorld();
    await world.rollcall('discover-all');
    const connection = await openDatabase(world.databaseUrl);
    const name = `lab${ESC}[2J\nhint: FORGED`;
    await connection.db.provider.updateMany({ data: { name } });
    await connection.close();
    const asked: string[] = [];
    const answer = async (message: string): Promise<string> => {
      asked.push(message);
      return '';
    };
    const ask: Ask = {
      text: answer,
      secret: answer,
      confirm: async (message) => (await answer(message)) === 'yes',
      choose: async (message, [first]) => {
        await answer(message);
        return first?.value ?? Promise.reject(new Error('no choice'));
      },
    };
    await world.rollcall(['providers', 'remove', name], { io: { ask } });
    const token = ['--token-id', `root@pam!a${ESC}[2J`, '--endpoint', world.lab.url];
    await world.rollcall(['providers', 'add', 'other', ...token], { io: { ask } });
    expect(asked).toEqual([
      'lab\\x1b[2J\\nhint: FORGED has 4 recorded guests, which would no longer be watched. Remove it?',
      // Nothing that is entered is of use, five times.
      ...Array.from({ length: 5 }, () => 'Secret of the token root@pam!a\\x1b[2J'),
    ]);
  });
});
