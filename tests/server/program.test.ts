import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../helpers/certificate.ts';
import { openWorld, type World } from '../helpers/world.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/bin/rollcall.js', import.meta.url));
let world: World;
const running: ChildProcess[] = [];

beforeAll(async () => {
  // By the clock of the machine: the program has no other one.
  world = await openWorld({ nodes: 1, vms: 3, containers: 0, clock: Date.now });
}, 60_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** `rollcall serve` with its arguments, until a line of its log matches. */
async function serve(
  args: readonly string[],
  until: RegExp,
): Promise<{ child: ChildProcess; log: () => string; ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], {
    env: { ...process.env, ...world.env } as never,
    cwd: world.dir,
  });
  running.push(child);
  let log = '';
  const ended = once(child, 'close').then(([status]) => status as number | null);
  const isThere = new Promise<void>((resolve) => {
    child.stderr.on('data', (data) => {
      log += String(data);
      if (until.test(log)) resolve();
    });
  });
  await Promise.race([isThere, ended]);
  return { child, log: () => log, ended };
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A certificate of its own and the key of it, as files. */
async function certificateFiles(name: string): Promise<[cert: string, key: string]> {
  const made = await makeCertificate();
  const files = [path.join(world.dir, `${name}.pem`), path.join(world.dir, `${name}.key`)] as const;
  writeFileSync(files[0], made.pem);
  writeFileSync(files[1], made.key);
  return [...files];
}

describe('rollcall serve', () => {
  it('--watch: syncs and serves at one address, until it is told to end', async () => {
    const port = await freePort();
    const line = ['--watch', '--interval', '1m', '--listen', `127.0.0.1:${port}`];
    const { child, log, ended } = await serve(line, /watching 1 provider/);
    let hosts = 0;
    for (let turn = 0; turn < 200 && hosts === 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/state`);
      hosts = ((await answer.json()) as { hosts: unknown[] }).hosts.length;
    }
    child.kill('SIGTERM');
    expect([hosts, await ended]).toEqual([3, 0]);
    expect(log()).toMatch(/serving http:.*\n(?:.*\n)*.*stopping/);
  }, 60_000);

  it('ends, and says why, where it cannot listen', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { log, ended } = await serve(['--listen', `127.0.0.1:${port}`], /never/);
    taken.close();
    expect(await ended).toBe(2);
    expect(log()).toMatch(/error: 127\.0\.0\.1:\d+ cannot be listened on: EADDRINUSE\nhint: Choose another one/);
  }, 60_000);

  it('serves HTTPS to other machines, with a certificate and its key', async () => {
    const [cert, key] = await certificateFiles('own');
    const line = ['--listen', '0.0.0.0:0', '--allow-remote', '--tls-cert', cert, '--tls-key', key];
    const { log } = await serve(line, /serving .*/);
    expect(log()).toMatch(/serving https:\/\/0\.0\.0\.0:\d+\//);
  }, 60_000);

  it('ends, and says in a line why, with a certificate or a key that it cannot use', async () => {
    const [cert, key] = await certificateFiles('own');
    const [, otherKey] = await certificateFiles('other');
    const broken = path.join(world.dir, 'broken.pem');
    writeFileSync(
      broken,
      `${readFileSync(cert, 'utf8')}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    );
    for (const [certFile, keyFile, why] of [
      [key, key, `--tls-cert: ${key} is no certificate in PEM`],
      [cert, cert, `--tls-key: ${cert} is no private key in PEM`],
      [cert, otherKey, `--tls-key: ${otherKey} is not the key of the first certificate in ${cert}`],
      [broken, key, `--tls-cert: the chain in ${broken} cannot be used`],
    ] as const) {
      const { log, ended } = await serve(['--tls-cert', certFile, '--tls-key', keyFile], /never/);
      expect([await ended, log()]).toEqual([2, expect.stringMatching(/^error: .*\nhint: give the certificate.*\n$/)]);
      expect(log()).toContain(`error: ${why}\n`);
    }
  }, 60_000);

  it('sends no passwords to other machines in the clear', async () => {
    const { log, ended } = await serve(['--listen', '0.0.0.0:0', '--allow-remote'], /serving/);
    expect(log()).toMatch(
      /^error: passwords would be sent to 0\.0\.0\.0:0 in the clear\nhint: add --tls-cert and --tls-key/,
    );
    expect(await ended).toBe(2);
    const behind = await serve(['--listen', '0.0.0.0:0', '--allow-remote', '--trust-proxy', '10.0.0.1'], /serving/);
    expect(behind.log()).toMatch(/serving http:/);
  }, 60_000);
});
