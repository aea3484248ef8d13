import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { secretOf } from '../helpers/stored-provider.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Env, finish } from '../watch/processes.ts';

const dir = tempDir();
/** Node.js asks it wherever a program leaves the question open. */
const CARELESS: Env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', HOME: dir, XDG_DATA_HOME: dir };

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0, Proxmox VE', () => {
  let lab: Lab;
  let files = 0;
  beforeAll(async () => {
    lab = await startLab({ nodes: 1, vms: 1, containers: 0 });
    writeFileSync(path.join(dir, 'other-ca.pem'), (await makeCertificate({ host: '127.0.0.1' })).pem);
  });
  beforeEach(() => lab.clearRequests());
  afterAll(() => lab.close());

  /** A database with one stored provider. */
  async function stored(...trust: string[]): Promise<Env> {
    const env = { ...CARELESS, DATABASE_URL: `file:${dir}/${files++}.db`, SECRET: secretOf(lab.token) };
    const how = ['--no-check', '--endpoint', lab.url, '--token-id', 'root@pam!lab', '--secret', 'env:SECRET', ...trust];
    expect(await finish(['providers', 'add', 'prod', ...how], env)).toMatchObject({ status: EXIT.done });
    return env;
  }

  it.each([
    ['the authorities of the system', []],
    ['another CA', ['--ca-file', path.join(dir, 'other-ca.pem')]],
    ['another fingerprint', ['--fingerprint', 'AB'.repeat(32)]],
  ])('is sent nothing where it is trusted by %s', async (_name, trust) => {
    const env = await stored(...trust);
    for (const command of ['discover-all', 'providers test', 'doctor']) {
      const ran = await finish(command.split(' '), env);
      expect({ command, status: ran.status }).toEqual({ command, status: EXIT.unreachable });
    }
    expect(lab.requests).toEqual([]);
  });

  it('is read where the stored trust says so', async () => {
    const env = await stored('--fingerprint', lab.fingerprint);
    expect(await finish(['discover-all'], env)).toMatchObject({ status: EXIT.done });
    expect(await finish(['discover-all'], await stored('--insecure'))).toMatchObject({ status: EXIT.done });
  });

  it('is not believed an address that it told of, which shows a certificate of nobody', async () => {
    const connection = fileURLToPath(new URL('../../dist/net/connection.js', import.meta.url));
    const script = `const { shakeHands } = await import(${JSON.stringify(connection)});
      const limits = { timeoutMs: 20000, signal: new AbortController().signal };
      console.log(await shakeHands(${JSON.stringify(lab.url)}, {}, limits).catch(({ code }) => code));`;
    const { NODE_OPTIONS: _, ...outside } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...outside, ...CARELESS },
    });
    expect(stdout).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE\n');
  });
});

/** Agrees to TLS, as PostgreSQL does, and writes down what a client sends after the handshake. */
class PostgresDoor {
  readonly received: Buffer[] = [];
  handshakes = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor({ key, pem }: { key: string; pem: string }) {
    const secureContext = createSecureContext({ key, cert: pem });
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (first) => {
        // SSLRequest: eight bytes, the second four of which are 80877103.
        if (first.length !== 8 || first.readInt32BE(4) !== 80877103) {
          this.received.push(first);
          socket.destroy();
          return;
        }
        this.handshakes += 1;
        socket.write('S');
        const secure = new TLSSocket(socket, { isServer: true, secureContext });
        secure.on('error', () => undefined);
        secure.on('data', (bytes: Buffer) => {
          this.received.push(bytes);
          secure.destroy();
        });
      });
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0, PostgreSQL', () => {
  let door: PostgresDoor;
  let port = 0;
  let own = '';
  beforeAll(async () => {
    const certificate = await makeCertificate();
    own = path.join(dir, 'postgres-ca.pem');
    writeFileSync(own, certificate.pem);
    door = new PostgresDoor(certificate);
    port = await door.open();
  });
  beforeEach(() => {
    door.received.splice(0);
    door.handshakes = 0;
  });
  afterAll(() => door.close());

  const url = (query: string) => `postgresql://somebody:hunter2@localhost:${port}/rollcall?${query}`;

  it.each([
    ['sslmode=verify-full', {}],
    ['sslmode=require', {}],
    ['sslmode=verify-ca', {}],
    ['ssl=true', {}],
    ['application_name=x', { PGSSLMODE: 'require' }],
    ['application_name=x', { PGSSLMODE: 'verify-full' }],
  ])('is told neither user nor password with %s %j and a certificate of nobody', async (query, env) => {
    for (const line of ['list-vms', 'db status', 'db migrate']) {
      const ran = await finish(line.split(' '), { ...CARELESS, ...env, DATABASE_URL: url(query) });
      expect(ran).toMatchObject({ status: EXIT.failed, stderr: expect.stringMatching(/no trusted TLS connection/) });
      expect(ran.stderr).not.toContain('hunter2');
    }
    expect(door.handshakes).toBeGreaterThanOrEqual(3);
    expect(door.received).toEqual([]);
  });

  it.each([
    ['sslmode=verify-full', {}],
    ['sslmode=no-verify', {}],
    ['ssl=no-verify', {}],
    ['uselibpqcompat=true&sslmode=require', {}],
    ['application_name=x', { PGSSLMODE: 'no-verify' }],
  ])('is logged in to with %s %j, where its CA is known or nobody asks for it', async (query, env) => {
    const known = query.includes('verify-full') ? `&sslrootcert=${own}` : '';
    await finish(['db', 'status'], { ...CARELESS, ...env, DATABASE_URL: url(query + known) });
    expect(Buffer.concat(door.received).toString('latin1')).toContain('somebody');
    expect(door.handshakes).toBe(1);
  });

  it('is not asked for TLS where the URL does not', async () => {
    await finish(['db', 'status'], { ...CARELESS, PGSSLMODE: 'disable', DATABASE_URL: url('application_name=x') });
    expect(door.handshakes).toBe(0);
    expect(Buffer.concat(door.received).toString('latin1')).toContain('somebody');
  });
});

describe.each([
  ['its URL', (port: number) => `127.0.0.1:${port}/rollcall?`, {}],
  ['PGHOST', (port: number) => `/rollcall?port=${port}&`, { PGHOST: '127.0.0.1' }],
])('PostgreSQL at the IP address of %s', (_where, address, env) => {
  const doors: PostgresDoor[] = [];
  afterAll(() => Promise.all(doors.map((door) => door.close())));

  /** What a server receives whose certificate is trusted. */
  async function received(
    certificate: Parameters<typeof makeCertificate>[0],
    mode = 'sslmode=verify-full',
  ): Promise<string> {
    const made = await makeCertificate(certificate);
    const file = path.join(dir, 'ip-ca.pem');
    writeFileSync(file, made.pem);
    const door = new PostgresDoor(made);
    doors.push(door);
    const url = `postgresql://somebody:hunter2@${address(await door.open())}${mode}&sslrootcert=${file}`;
    await finish(['db', 'status'], { HOME: dir, XDG_DATA_HOME: dir, ...env, DATABASE_URL: url });
    expect(door.handshakes).toBe(1);
    return Buffer.concat(door.received).toString('latin1');
  }

  it('is logged in to where its certificate has that address', async () => {
    expect(await received({ host: '127.0.0.1' })).toContain('somebody');
  });

  it('is told neither user nor password where its certificate is one for localhost', async () => {
    expect(await received({ host: '192.0.2.7', subject: 'localhost' })).toBe('');
  });

  it('is logged in to whatever name its certificate has where libpq would ask for none', async () => {
    const mode = 'uselibpqcompat=true&sslmode=verify-ca';
    expect(await received({ host: '192.0.2.7' }, mode)).toContain('somebody');
  });
});
