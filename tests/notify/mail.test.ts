import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { sendMail } from '../../src/net/send-mail.ts';
import { toMail } from '../../src/services/notify/channels/mail.ts';
import { makeCertificate, type TestCertificate } from '../helpers/certificate.ts';
import { openWorld, type World } from '../helpers/world.ts';

interface Mail {
  from: string;
  to: string[];
  isSecure: boolean;
  user: string | undefined;
  text: string;
}

let world: World;
let certificate: TestCertificate;
const servers: SMTPServer[] = [];

beforeAll(async () => {
  world = await openWorld();
  certificate = await makeCertificate();
  writeFileSync(path.join(world.dir, 'ca.pem'), certificate.pem);
  writeFileSync(path.join(world.dir, 'smtp.password'), 'very secret\n', { mode: 0o600 });
  await world.rollcall('discover-all');
});

afterAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A mail server on a real port, and what it took. */
async function startMail(
  options: SMTPServerOptions = {},
): Promise<{ port: number; mails: Mail[]; commands: string[] }> {
  const mails: Mail[] = [];
  const commands: string[] = [];
  const server = new SMTPServer({
    key: certificate.key,
    cert: certificate.pem,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => {
      commands.push('AUTH');
      if (password === 'very secret') done(null, { user: username ?? '' });
      else done(new Error('no'));
    },
    onMailFrom: (_address, _session, done) => {
      commands.push('MAIL');
      done();
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          isSecure: session.secure,
          user: session.user === undefined ? undefined : String(session.user),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.server.address() as AddressInfo).port, mails, commands };
}

let names = 0;
async function add(port: number, ...more: readonly string[]): Promise<string> {
  names += 1;
  const name = `mail${names}`;
  const target = [
    '--smtp',
    `localhost:${port}`,
    '--from',
    'rollcall@example.com',
    '--to',
    'a@example.com,b@example.com',
  ];
  const added = await world.rollcall(['notify', 'add', 'email', name, ...target, ...more]);
  expect(added).toMatchObject({ status: 0 });
  return name;
}

const LOGIN = (): string[] => ['--user', 'rollcall', '--password', `file:${world.dir}/smtp.password`];
const CA = (): string[] => ['--ca-file', `${world.dir}/ca.pem`];

describe('a mail', () => {
  it('is sent with STARTTLS to a verified server, after a login', async () => {
    const { port, mails } = await startMail();
    const name = await add(port, '--allow-private', ...LOGIN(), ...CA());
    world.lab.as('admin@pve').setConfig(100, { description: 'the shop' });
    world.clock.advance(300_000);
    await world.rollcall('discover-all');
    await world.rollcall(`notify remove ${name}`);
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    expect(mail).toMatchObject({
      from: 'rollcall@example.com',
      to: ['a@example.com', 'b@example.com'],
      isSecure: true,
      user: 'rollcall',
    });
    const [head = '', body = ''] = mail?.text.split('\r\n\r\n') ?? [];
    expect(head).toContain('\r\nSubject: [rollcall] lab/100 web-01: changed: description\r\n');
    expect(head).toMatch(/^Message-ID: <[0-9a-f]{32}@rollcall\.invalid>$/m);
    expect(head).toContain('Auto-Submitted: auto-generated');
    expect(body).toContain('by admin@pve');
  });

  it('is sent over TLS from the first byte', async () => {
    const { port, mails } = await startMail({ secure: true });
    const name = await add(port, '--allow-private', '--tls', ...CA());
    expect(await world.rollcall(`notify test ${name}`)).toEqual({
      status: 0,
      stdout: '',
      stderr: `${name} took the test message\n`,
    });
    expect(mails).toMatchObject([{ isSecure: true }]);
  });

  it('is not sent where STARTTLS was stripped', async () => {
    const { port, mails, commands } = await startMail({ disabledCommands: ['STARTTLS'] });
    const name = await add(port, '--allow-private', ...LOGIN(), ...CA());
    expect(await world.rollcall(`notify test ${name}`)).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error: mail\d: localhost:\d+: .*STARTTLS/),
    });
    expect([...mails, ...commands]).toEqual([]);
  });

  it('is not sent to a server that is not verified', async () => {
    const { port, mails, commands } = await startMail();
    const name = await add(port, '--allow-private', ...LOGIN());
    expect(await world.rollcall(`notify test ${name}`)).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error: mail\d: localhost:\d+: .*self-signed certificate/),
    });
    expect([...mails, ...commands]).toEqual([]);
  });

  it('is sent in plain text only where that was asked for, and never with a password', async () => {
    const { port, mails } = await startMail({ disabledCommands: ['STARTTLS'] });
    const name = await add(port, '--allow-private', '--starttls', 'never');
    expect(await world.rollcall(`notify test ${name}`)).toMatchObject({ status: 0 });
    expect(mails).toMatchObject([{ isSecure: false }]);
    const target = '--smtp localhost:25 --from a@example.com --to b@example.com --user u --password env:P';
    expect(await world.rollcall(`notify add email plain ${target} --starttls never`)).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: a password is not sent in plain text\nhint: leave out --starttls never\n',
    });
  });

  it('goes to a private address only where that is allowed', async () => {
    const { port, commands } = await startMail();
    const name = await add(port, ...CA());
    expect(await world.rollcall(`notify test ${name}`)).toEqual({
      status: 4,
      stdout: '',
      stderr: [
        `error: ${name}: localhost:${port} is refused: 127.0.0.1 is no public address`,
        'hint: add the notifier again with --allow-private if that is your own mail server',
        '',
      ].join('\n'),
    });
    expect(commands).toEqual([]);
  });

  it('says why a login was refused, without the password', async () => {
    const { port } = await startMail();
    writeFileSync(path.join(world.dir, 'wrong.password'), 'wrong secret\n', { mode: 0o600 });
    const name = await add(
      port,
      '--allow-private',
      '--user',
      'u',
      '--password',
      `file:${world.dir}/wrong.password`,
      ...CA(),
    );
    const { status, stderr } = await world.rollcall(`notify test ${name}`);
    expect(status).toBe(4);
    expect(stderr).toContain('Invalid login');
    expect(stderr).not.toContain('wrong secret');
  });

  it.each([
    'x\r\nBcc: thief@example.com',
    'x\nBcc: thief@example.com',
    'x\rBcc: thief@example.com',
    'x\u0085Bcc: thief@example.com',
    'x\u2028Bcc: thief@example.com',
    `${'ü'.repeat(200)}\r\n\r\nBcc: thief@example.com`,
    'x\r\n.\r\nMAIL FROM:<thief@example.com>',
  ])('has no header from a name: %j', async (name) => {
    const { port, mails } = await startMail();
    const server = {
      host: 'localhost',
      port,
      security: 'starttls',
      ca: certificate.pem,
      isPrivateAllowed: true,
    } as const;
    const event = { id: 'e'.repeat(32), at: '', title: name, counts: {}, total: 0, events: [], run: null };
    const mail = toMail({ ...event, id: 'a'.repeat(32) }, `${name}\nend`);
    await sendMail(server, { from: 'a@example.com', to: ['b@example.com'], ...mail }, 5000);
    const [taken, ...others] = mails;
    expect(others).toEqual([]);
    expect(taken?.to).toEqual(['b@example.com']);
    const [head = ''] = taken?.text.split('\r\n\r\n') ?? [];
    const headers = head.replace(/\r\n[ \t]/g, ' ').split('\r\n');
    expect(headers.map((line) => line.slice(0, line.indexOf(':'))).toSorted()).toEqual([
      'Auto-Submitted',
      'Content-Transfer-Encoding',
      'Content-Type',
      'Date',
      'From',
      'MIME-Version',
      'Message-ID',
      'Subject',
      'To',
    ]);
  });
});
