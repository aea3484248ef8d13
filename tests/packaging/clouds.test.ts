import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tempDir } from '../helpers/temp.ts';
import { Cloud } from '../providers/conformance/gcp-cloud.ts';
import { exec, type Installation, outside, packedInstallation } from './installation.ts';

const dir = tempDir();
let installation: Installation;

beforeAll(async () => {
  installation = await packedInstallation();
}, 600_000);

function run(args: readonly string[], env: Record<string, string> = {}) {
  const own = { DATABASE_URL: `file:${path.join(dir, 'rollcall.db')}`, XDG_CONFIG_HOME: path.join(dir, 'config') };
  return exec(installation.bin, args, { cwd: dir, env: { ...outside(), ...own, ...env } });
}

async function hostsOf(provider: string): Promise<number> {
  const { stdout } = await run(['list-hosts', '--provider', provider, '-o', 'json']);
  return (JSON.parse(stdout) as unknown[]).length;
}

describe('the installed program, beside which there is no library of a cloud', () => {
  const cloud = new Cloud(() => new Date());
  beforeAll(async () => {
    await cloud.start();
    for (const name of ['web', 'db']) cloud.create('alice@example.com', name);
  });
  afterAll(async () => {
    await cloud.close();
  });

  it('reads Google Cloud by the key of a service account', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const key = { type: 'service_account', client_email: 'a@b.iam.gserviceaccount.com', private_key: privateKey };
    writeFileSync(path.join(dir, 'key.json'), JSON.stringify(key), { mode: 0o600 });
    cloud.takes = (bearer) => bearer.split('.').length === 3;
    const how = ['--endpoint', `${cloud.url}/folders/1`, '--fingerprint', cloud.fingerprint];
    const login = ['--login', 'service-account', '--secret', `file:${path.join(dir, 'key.json')}`];
    const added = await run(['providers', 'add', 'shop', '--type', 'gcp', ...how, ...login]);
    expect(added).toEqual({ status: 0, stdout: '', stderr: expect.stringContaining('stored shop') });
    expect(await run(['discover-all', '--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await hostsOf('shop')).toBe(2);
  }, 120_000);
});
