import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { databaseAt, storedBytes } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { CLOUD_SECRETS } from '../providers/conformance/azure-cloud.ts';
import { problem } from '../providers/conformance/azure-lab.ts';
import { CLIENT, TENANT } from '../providers/conformance/azure-login.ts';
import { AzureWorld } from './azure-world.ts';

describe('subscriptions of Azure', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-azure-'));
  const database = path.join(dir, 'rollcall.db');
  const printed: string[] = [];
  let ids = 0;
  let world: AzureWorld;
  beforeAll(async () => {
    world = await AzureWorld.start();
    for (const name of ['web', 'db', 'cache', 'mail']) world.cloud.add(name, { subscription: world.first.id });
  });
  afterAll(async () => {
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    world.now = new Date(world.now.getTime() + 60_000);
    world.lab.spoil = () => null;
  });

  async function rollcall(line: string): Promise<Ran> {
    const ran = await runProgram(line.split(/\s+/), {
      env: {
        AZ_SECRET: world.lab.login.clientSecret,
        DATABASE_URL: await databaseAt(database),
        HOME: dir,
        PATH: `${dir}:/usr/bin:/bin`,
      },
      cwd: dir,
      clock: () => world.now,
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
    printed.push(ran.stdout, ran.stderr);
    return ran;
  }
  const vmId = (name: string): string =>
    [...world.cloud.machines.values()].find((one) => one.name === name)?.vmId ?? '';

  it('are stored once the login works', async () => {
    const how = `--type azure --endpoint ${world.lab.url}/subscriptions --fingerprint ${world.lab.fingerprint}`;
    const withSecret = `${how} --login secret:${TENANT}/${CLIENT}`;
    expect((await rollcall(`providers add azure ${how} --login secret:${TENANT} --secret env:AZ_SECRET`)).status).toBe(
      2,
    );
    expect((await rollcall(`providers add azure ${withSecret}`)).stderr).toContain('is given without --secret');
    expect((await rollcall(`providers add azure --type azure --endpoint production --login cli`)).stderr).toContain(
      'write it as all, or the id of a subscription',
    );
    const added = await rollcall(`providers add azure ${withSecret} --secret env:AZ_SECRET`);
    expect(added.stderr).toContain('stored azure: cluster Production');
    expect(added.status).toBe(0);
  });

  it('are tested step by step, with the role to make where a right is missing', async () => {
    const tested = await rollcall('providers test azure');
    expect(tested).toMatchObject({ status: 0 });
    for (const step of [
      `the login secret:${TENANT}/${CLIENT} gives a token`,
      '1: Production',
      '4 in 1 subscription',
      'activity log',
      "the server's clock agrees",
    ])
      expect(tested.stdout).toContain(step);
    world.lab.spoil = (target) =>
      target.includes('publicIPAddresses')
        ? problem(
            403,
            'AuthorizationFailed',
            "The client does not have authorization to perform action 'Microsoft.Network/publicIPAddresses/read'",
          )
        : null;
    const refused = await rollcall('providers test azure -o json');
    expect(refused.status).not.toBe(0);
    const step = refused.rows.find(({ step: name }) => name === 'networks');
    expect(step).toMatchObject({ ok: false, message: expect.stringContaining('AuthorizationFailed') });
    const [, role = ''] = /az role definition create --role-definition '([^']+)'/.exec(String(step?.['hint'])) ?? [];
    expect(JSON.parse(role)).toMatchObject({
      Actions: expect.arrayContaining([
        'Microsoft.Compute/virtualMachines/read',
        'Microsoft.Network/publicIPAddresses/read',
      ]),
      AssignableScopes: [`/subscriptions/${world.first.id}`],
    });
  });

  it('have their machines in the inventory', async () => {
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const { rows } = await rollcall('list-vms -o json');
    expect(rows).toHaveLength(4);
    expect(rows.find(({ name }) => name === 'web')).toMatchObject({
      kind: 'vm',
      nativeId: vmId('web'),
      node: `${world.first.id}/westeurope`,
      status: 'stopped',
      cpus: 2,
      memoryBytes: 1024 * 2 ** 20,
      diskBytes: 30 * 2 ** 30,
      osType: 'Linux',
    });
    const shown = (await rollcall('show-host web')).stdout;
    for (const text of ['deallocated', '203.0.113.1', 'Standard_M1024', 'env=test']) expect(shown).toContain(text);
  });

  it('tell what changed and who did it', async () => {
    world.cloud.setPower('alice@example.com', vmId('web'), 'running');
    world.now = new Date(world.now.getTime() + 60_000);
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind changed -o json');
    expect(
      rows.map(({ path: field, before, after, actor, confidence }) => [field, before, after, actor, confidence]),
    ).toEqual([
      ['power', 'deallocated', 'running', 'alice@example.com', 'exact'],
      ['status', 'stopped', 'running', 'alice@example.com', 'exact'],
    ]);
  });

  it('lose a machine that was deleted, by whoever did it, and none that only a list leaves out', async () => {
    world.cloud.remove('bob@example.com', vmId('mail'));
    world.now = new Date(world.now.getTime() + 60_000);
    world.lab.spoil = (target, told) => {
      if (!/virtualMachines\?(?!.*statusOnly)/.test(target)) return null;
      const page = JSON.parse(told.text) as { value: { name: string }[] };
      return { ...told, text: JSON.stringify({ ...page, value: page.value.filter(({ name }) => name !== 'db') }) };
    };
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind removed -o json');
    expect(rows.map(({ name, actor, confidence }) => [name, actor, confidence])).toEqual([
      ['mail', 'bob@example.com', 'exact'],
    ]);
    expect((await rollcall('list-vms -o json')).rows).toHaveLength(3);
    expect((await rollcall('verify')).status).toBe(0);
  });

  it('are read with the token of az as well, which runs without a shell and without the secrets of others', async () => {
    const token = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.b2YtYXo.c2lnbmVkLWJ5LWF6';
    world.lab.login.tokens.add(token);
    const az = path.join(dir, 'az');
    writeFileSync(
      az,
      `#!/bin/sh\nenv > "${dir}/az.env"\necho "$@" > "${dir}/az.args"\necho '{"accessToken":"${token}"}'\n`,
    );
    chmodSync(az, 0o755);
    expect(await rollcall('providers update azure --login cli')).toMatchObject({ status: 0 });
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0 });
    const args = 'account get-access-token --resource https://management.azure.com/ --output json\n';
    expect(readFileSync(path.join(dir, 'az.args'), 'utf8')).toBe(args);
    expect(readFileSync(path.join(dir, 'az.env'), 'utf8')).not.toContain(world.lab.login.clientSecret);
    writeFileSync(az, `#!/bin/sh\necho the-output-of-az\nexit 1\n`);
    const failed = await rollcall('discover-all');
    expect(failed.stderr).toContain('az account get-access-token failed (1)');
    expect(`${failed.stdout}${failed.stderr}`).not.toContain('the-output-of-az');
  });

  it('are read with a certificate in a file that nobody else can read', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'rollcall' }], { keySize: 2048 });
    world.lab.login.certificate = cert;
    const file = path.join(dir, 'rollcall.pem');
    writeFileSync(file, `${key}\n${cert}`, { mode: 0o600 });
    const login = `--login certificate:${TENANT}/${CLIENT} --secret file:${file}`;
    expect(await rollcall(`providers update azure ${login}`)).toMatchObject({ status: 0 });
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0 });
    expect((await rollcall('list-vms -o json')).rows).toHaveLength(3);
  });

  it('lose no machine that was moved to where it cannot be read, and find it again once it can', async () => {
    const other = world.cloud.addSubscription('Other');
    world.cloud.move(vmId('cache'), other.id);
    world.lab.spoil = (target) =>
      target.includes(`${other.id}/providers/Microsoft.Compute/virtualMachines?`)
        ? problem(403, 'AuthorizationFailed', 'no')
        : null;
    await rollcall('discover-all --quiet');
    expect((await rollcall('list-vms -o json')).rows).toHaveLength(3);
    world.lab.spoil = () => null;
    world.now = new Date(world.now.getTime() + 60_000);
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('list-vms -o json');
    expect(rows.find(({ name }) => name === 'cache')).toMatchObject({ node: `${other.id}/westeurope` });
    expect((await rollcall('show-changes --kind removed -o json')).rows).toHaveLength(1);
  });

  it('leave no secret in the database and in what was printed', async () => {
    const secrets = [
      world.lab.login.clientSecret,
      ...Object.values(CLOUD_SECRETS),
      ...world.lab.login.tokens,
      'PRIVATE KEY',
    ];
    const text = [...printed, await storedBytes(database)].join('\n');
    expect(text).toContain('alice@example.com');
    for (const secret of secrets) expect(text.includes(secret)).toBe(false);
  });
});
