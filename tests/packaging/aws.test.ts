import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsLab } from '../aws/lab/aws-lab.ts';
import { tempDir } from '../helpers/temp.ts';
import { exec, type Installation, outside, packedInstallation } from './installation.ts';

const dir = tempDir();
let installation: Installation;

beforeAll(async () => {
  installation = await packedInstallation();
}, 600_000);

describe('the installed program, beside which there is no library of AWS', () => {
  const lab = new AwsLab(() => Date.now(), [{}, {}]);
  beforeAll(async () => {
    await lab.start();
    for (const account of lab.accounts.keys()) lab.add({ account, region: 'eu-west-1' }, `web-${account}`);
    mkdirSync(path.join(dir, '.aws'));
    const keys = `aws_access_key_id = ${lab.accessKeyId}\naws_secret_access_key = ${lab.secretAccessKey}\n`;
    writeFileSync(path.join(dir, '.aws/credentials'), `[audit]\n${keys}`, { mode: 0o600 });
  });
  afterAll(() => lab.close());

  function run(...args: string[]) {
    const own = { DATABASE_URL: `file:${path.join(dir, 'rollcall.db')}`, XDG_CONFIG_HOME: path.join(dir, 'config') };
    return exec(installation.bin, args, { cwd: dir, env: { ...outside(), ...own, HOME: dir } });
  }

  it('logs in by a profile, signs its calls, and takes roles', async () => {
    const how = ['--endpoint', `${lab.url}/organization`, '--fingerprint', lab.fingerprint, '--login', 'profile:audit'];
    const added = await run('providers', 'add', 'aws', '--type', 'aws', ...how);
    expect(added).toEqual({ status: 0, stdout: '', stderr: expect.stringContaining('stored aws') });
    expect(await run('discover-all', '--quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
    const { stdout } = await run('list-vms', '-o', 'json');
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(lab.calls.get('AssumeRole')).toBeGreaterThan(0);
  }, 120_000);
});
