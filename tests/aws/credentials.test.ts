import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keySource } from '../../src/providers/aws/credentials.ts';
import type { Keys } from '../../src/providers/aws/sign-call.ts';

const ENDS = '2099-01-01T00:00:00Z';

/** The vendor's library, with its files, its variables, and a stand-in for the servers that it asks. */
describe('ways to log in to AWS', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-aws-login-'));
  const before = { ...process.env };
  const asked: string[] = [];
  let server: Server;
  let url = '';

  beforeAll(async () => {
    mkdirSync(path.join(dir, '.aws/sso/cache'), { recursive: true });
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        asked.push(`${request.method} ${request.url}`);
        const { text, type } = answerTo(`${request.url}`, body);
        response.writeHead(200, { 'content-type': type, 'x-aws-ec2-metadata-token-ttl-seconds': '600' }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked.length = 0;
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    const files = { config: path.join(dir, '.aws/config'), credentials: path.join(dir, '.aws/credentials') };
    process.env['HOME'] = dir;
    process.env['AWS_CONFIG_FILE'] = files.config;
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = files.credentials;
    process.env['AWS_REGION'] = 'eu-west-1';
    writeFileSync(files.credentials, '[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = plain-secret\n');
    writeFileSync(files.config, '');
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });

  const keysBy = (login: string, secret?: string): Promise<Keys> => keySource(login, secret)(null, undefined);
  const config = (text: string): void => writeFileSync(path.join(dir, '.aws/config'), text);

  it('by keys that are given', async () => {
    expect(await keysBy('keys:AKIAIOSFODNN7EXAMPLE', 'given')).toEqual({
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'given',
    });
  });

  it('by a profile with keys', async () => {
    expect(await keysBy('profile:plain')).toMatchObject({ accessKeyId: 'AKIAPLAIN', secretAccessKey: 'plain-secret' });
  });

  it('by a profile whose keys a program prints', async () => {
    const program = path.join(dir, 'keys.sh');
    const keys = { Version: 1, AccessKeyId: 'AKIAPROGRAM', SecretAccessKey: 's', SessionToken: 't', Expiration: ENDS };
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(keys)}'\n`);
    chmodSync(program, 0o700);
    config(`[profile printed]\ncredential_process = ${program}\n`);
    expect(await keysBy('profile:printed')).toMatchObject({ accessKeyId: 'AKIAPROGRAM', sessionToken: 't' });
  });

  it('by a profile of SSO whose session has ended, which says what to do', async () => {
    const sso =
      'sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = r\n';
    config(`[profile sso]\n${sso}`);
    await expect(keysBy('profile:sso')).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('no credential of AWS by profile:sso'),
      hint: expect.stringContaining('aws sso login --profile sso'),
    });
  });

  it('by the environment', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'e', AWS_SESSION_TOKEN: 't' });
    expect(await keysBy('environment')).toMatchObject({ accessKeyId: 'AKIAENV', sessionToken: 't' });
  });

  it('by default as the programs of the vendor would', async () => {
    process.env['AWS_PROFILE'] = 'plain';
    expect(await keysBy('default')).toMatchObject({ accessKeyId: 'AKIAPLAIN' });
    delete process.env['AWS_PROFILE'];
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'e' });
    expect(await keysBy('default')).toMatchObject({ accessKeyId: 'AKIAENV' });
  });

  it('by the identity of a workload, whose token is exchanged', async () => {
    const file = path.join(dir, 'token');
    writeFileSync(file, 'the-token-of-the-workload');
    Object.assign(process.env, {
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/workload',
      AWS_ENDPOINT_URL_STS: url,
    });
    expect(await keysBy('web-identity')).toMatchObject({ accessKeyId: 'ASIAWEB', sessionToken: 'web-session' });
    expect(asked).toEqual(['POST /']);
  });

  it('by the role of a machine', async () => {
    process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = url;
    expect(await keysBy('instance')).toMatchObject({ accessKeyId: 'ASIAMACHINE', sessionToken: 'machine-session' });
    expect(asked[0]).toBe('PUT /latest/api/token');
  });

  it('by the role of a container', async () => {
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${url}/container`;
    expect(await keysBy('instance')).toMatchObject({ accessKeyId: 'ASIACONTAINER' });
  });

  it('and without a credential in one line, in which there is no secret', async () => {
    const program = path.join(dir, 'fails.sh');
    writeFileSync(program, '#!/bin/sh\necho "password=hunter2" >&2\nexit 1\n');
    chmodSync(program, 0o700);
    config(`[profile broken]\ncredential_process = ${program}\n`);
    const error: unknown = await keysBy('profile:broken').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unauthenticated' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('hunter2');
    expect(String(error)).not.toContain('\n');
  });
});

function answerTo(path_: string, body: string): { text: string; type: string } {
  const session = (id: string, token: string) => ({
    Code: 'Success',
    Type: 'AWS-HMAC',
    AccessKeyId: id,
    SecretAccessKey: 'given-by-the-server',
    Token: token,
    Expiration: ENDS,
  });
  if (body.includes('AssumeRoleWithWebIdentity')) {
    const keys = `<Credentials><AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>web-session</SessionToken><Expiration>${ENDS}</Expiration></Credentials>`;
    const text = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${keys}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    return { text, type: 'text/xml' };
  }
  if (path_.endsWith('/api/token')) return { text: 'metadata-token', type: 'text/plain' };
  if (path_ === '/container') return { text: JSON.stringify(session('ASIACONTAINER', 'c')), type: 'application/json' };
  if (path_.endsWith('/security-credentials/')) return { text: 'machine', type: 'text/plain' };
  return { text: JSON.stringify(session('ASIAMACHINE', 'machine-session')), type: 'application/json' };
}
