import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { tempDir } from '../helpers/temp.ts';
import { Cloud } from '../providers/conformance/azure-cloud.ts';
import { AzureLab } from '../providers/conformance/azure-lab.ts';
import { CLIENT, TENANT } from '../providers/conformance/azure-login.ts';
import { type Ended, exec, outside, packedInstallation } from './installation.ts';

const dir = tempDir();

/** MSAL is a part of its own, which is loaded when a provider of Azure connects. */
describe('the logins of Azure in what `npm pack` makes', () => {
  const now = (): Date => new Date();
  const cloud = new Cloud(now);
  const lab = new AzureLab(cloud, now);
  let bin = '';
  beforeAll(async () => {
    ({ bin } = await packedInstallation());
    await lab.start();
    cloud.add('web', { subscription: cloud.addSubscription('Production').id });
  }, 600_000);
  afterAll(() => lab.close());

  const rollcall = (args: readonly string[]): Promise<Ended> =>
    exec(bin, args, {
      cwd: dir,
      env: {
        ...outside(),
        AZ_SECRET: lab.login.clientSecret,
        AZURE_POD_IDENTITY_AUTHORITY_HOST: lab.url,
        DATABASE_URL: `file:${path.join(dir, 'rollcall.db')}`,
        XDG_CONFIG_HOME: path.join(dir, 'config'),
      },
    });

  it('work by a secret, a certificate and the identity of a machine', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'rollcall' }], { keySize: 2048 });
    lab.login.certificate = cert;
    writeFileSync(path.join(dir, 'client.pem'), `${key}\n${cert}`, { mode: 0o600 });
    const where = ['--type', 'azure', '--endpoint', `${lab.url}/subscriptions`, '--fingerprint', lab.fingerprint];
    const who = ['--login', `secret:${TENANT}/${CLIENT}`, '--secret', 'env:AZ_SECRET'];
    expect(await rollcall(['providers', 'add', 'azure', ...where, ...who])).toMatchObject({ status: 0 });
    const certificate = [
      '--login',
      `certificate:${TENANT}/${CLIENT}`,
      '--secret',
      `file:${path.join(dir, 'client.pem')}`,
    ];
    for (const login of [null, certificate, ['--login', 'managed-identity']]) {
      if (login !== null)
        expect(await rollcall(['providers', 'update', 'azure', ...login])).toMatchObject({ status: 0 });
      expect(await rollcall(['discover-all', '--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
    }
    const { stdout } = await rollcall(['list-vms', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'web', status: 'stopped' }]);
    expect(lab.login.asked.filter((asked) => asked.startsWith('client_credentials')).length).toBeGreaterThan(1);
    expect(lab.login.asked).toContainEqual(expect.stringContaining('machine itself'));
  }, 120_000);
});
