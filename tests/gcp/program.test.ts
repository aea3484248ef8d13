import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseAt, storedBytes } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { Cloud } from '../providers/conformance/gcp-cloud.ts';

const START_MS = Date.UTC(2026, 10, 21, 10);
const ACCOUNT = 'rollcall@shop-prod.iam.gserviceaccount.com';
const FORBIDDEN = '{"error":{"code":403,"message":"Permission denied","errors":[{"reason":"forbidden"}]}}';

/** Claims of a token that a service account has signed itself; null for any other. */
function claimsOf(token: string, publicKey: string): { iss: string; scope: string } | null {
  const [head = '', body = '', signature = ''] = token.split('.');
  const key = createPublicKey(publicKey);
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return isSigned ? (JSON.parse(Buffer.from(body, 'base64url').toString()) as { iss: string; scope: string }) : null;
}

describe('projects of Google Cloud', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-gcp-'));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const keyFile = path.join(dir, 'key.json');
  let nowMs = START_MS;
  let ids = 0;
  const shown: string[] = [];
  const cloud = new Cloud(() => new Date(nowMs));
  beforeAll(async () => {
    await cloud.start();
    const key = { type: 'service_account', client_email: ACCOUNT, private_key: privateKey, private_key_id: 'k1' };
    writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
    for (const name of ['web', 'db', 'mail']) cloud.create('root@example.com', name);
    cloud.create('root@example.com', 'try', { project: 'shop-test', zone: 'europe-west1-b' });
  });
  afterAll(async () => {
    await cloud.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    nowMs += 20 * 60_000;
    cloud.spoil = () => null;
    cloud.takes = (bearer) => claimsOf(bearer, publicKey)?.iss === ACCOUNT;
  });

  async function rollcall(line: string): Promise<Ran> {
    const ran = await runProgram(line.split(/\s+/), {
      env: { DATABASE_URL: await databaseAt(path.join(dir, 'rollcall.db')), HOME: dir, GCP_TOKEN: cloud.token },
      cwd: dir,
      clock: () => new Date(nowMs),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
    shown.push(ran.stdout, ran.stderr);
    return ran;
  }
  const idOf = (name: string): string => [...cloud.instances.values()].find((one) => one.name === name)?.id ?? '';

  it('are stored once the key of a service account works', async () => {
    const how = `--type gcp --endpoint ${cloud.url}/folders/1 --fingerprint ${cloud.fingerprint}`;
    const unknown = await rollcall(`providers add shop ${how} --login gcloud`);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('default, service-account, token') });
    const keyless = await rollcall(`providers add shop ${how} --login service-account`);
    expect(keyless).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--login service-account is given without --secret'),
    });
    const added = await rollcall(`providers add shop ${how} --login service-account --secret file:${keyFile}`);
    expect(added).toMatchObject({ status: 0, stderr: expect.stringContaining('stored shop: cluster folders/1') });
    const tested = await rollcall('providers test shop');
    expect(tested.status).toBe(0);
    for (const text of ['2 projects', 'shop-prod', '3 instances in 1 zones', 'the audit log can be read'])
      expect(tested.stdout).toContain(text);
  });

  it('show the least role where a right is missing', async () => {
    cloud.spoil = (target) => (target.includes('/aggregated/') ? { status: 403, text: FORBIDDEN } : null);
    const { status, stderr } = await rollcall('providers test shop');
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      'gcloud iam roles create rollcall --project=shop-prod --permissions=compute.projects.get,',
    );
  });

  it('have their instances in the inventory', async () => {
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const { rows } = await rollcall('list-hosts -o json');
    expect(new Map(rows.map(({ name, node }) => [name, node]))).toEqual(
      new Map([
        ['db', 'shop-prod/us-central1-a'],
        ['mail', 'shop-prod/us-central1-a'],
        ['try', 'shop-test/europe-west1-b'],
        ['web', 'shop-prod/us-central1-a'],
      ]),
    );
    expect(rows.find(({ name }) => name === 'web')).toMatchObject({
      kind: 'vm',
      status: 'stopped',
      cpus: 2,
      memoryBytes: 2 ** 31,
      diskBytes: 10 * 2 ** 30,
    });
  });

  it('tell who changed an instance, for certain', async () => {
    const web = cloud.find(idOf('web'));
    cloud.log('mallory@example.com', web, 'v1.compute.instances.start', {}, 'failed');
    cloud.log('alice@example.com', web, 'v1.compute.instances.start');
    web.status = 'RUNNING';
    web.labels['env'] = 'prod';
    web.labels['db_password'] = 'hunter2hunter2';
    cloud.log('bob@example.com', web, 'beta.compute.instances.setLabels', { labels: web.labels });
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind changed -o json');
    const found = rows.map(({ path: field, actor, confidence }) => [field, actor, confidence]);
    expect(found).toContainEqual(['status', 'alice@example.com', 'exact']);
    expect(found).toContainEqual(['tags', 'bob@example.com', 'exact']);
    expect((await rollcall('show-host web')).stdout).toContain('env=prod');
  });

  it('explain a change later, when its record comes late', async () => {
    const db = cloud.find(idOf('db'));
    db.labels['team'] = 'storage';
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    const before = await rollcall('show-changes --guest db --kind changed -o json');
    expect(before.rows.map(({ path: field, actor }) => [field, actor])).toEqual([['tags', null]]);
    nowMs -= 30_000;
    cloud.log('carol@example.com', db, 'v1.compute.instances.setLabels', { labels: db.labels });
    nowMs += 10 * 60_000;
    await rollcall('discover-all --quiet');
    const after = await rollcall('show-changes --guest db --kind changed -o json');
    expect(after.rows.map(({ path: field, actor }) => [field, actor])).toEqual([['tags', 'carol@example.com']]);
    expect((await rollcall('show-changes --guest db')).stdout).toContain('explained later');
    expect((await rollcall('verify')).status).toBe(0);
  });

  it('lose nothing while a project or a zone does not answer', async () => {
    cloud.instances.delete(idOf('try'));
    cloud.instances.delete(idOf('mail'));
    cloud.spoil = (target) => (target.includes('/shop-test') ? { status: 403, text: FORBIDDEN } : null);
    expect((await rollcall('discover-all --quiet')).status).not.toBe(0);
    expect((await rollcall('show-changes --kind removed -o json')).rows.map(({ name }) => name)).toEqual(['mail']);
    cloud.spoil = () => null;
    nowMs += 60_000;
    expect((await rollcall('discover-all --quiet')).status).toBe(0);
    const { rows } = await rollcall('show-changes --kind removed -o json');
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['mail', 'try']));
  });

  it('make as many calls as there are projects, pages and types', async () => {
    cloud.calls.clear();
    await rollcall('discover-all --quiet');
    const left = [...cloud.instances.values()];
    const pages = [...cloud.projects.keys()].map((project) => {
      const rows = left.filter((one) => one.project === project).length;
      return Math.max(1, Math.ceil(rows / cloud.pageSize));
    });
    expect(Object.fromEntries(cloud.calls)).toEqual({
      'projects below a folder': 2,
      project: 2,
      instances: pages.reduce((sum, count) => sum + count, 0),
      'machine type': 1,
      log: 2,
    });
    const made = [...cloud.calls.values()].reduce((sum, count) => sum + count, 0);
    // And the folders below the two folders.
    expect((await rollcall('doctor --cost --provider shop')).stdout).toContain(`${made + 2} requests in the last run`);
  });

  it('are not read further than a run may', async () => {
    const { status, stderr } = await rollcall('discover-all --quiet --max-guests 1');
    expect(status).not.toBe(0);
    expect(stderr).toContain('2 instances are listed, more than the 1 that a run reads');
  });

  it('are asked as another account where that is said', async () => {
    const asked: string[] = [];
    const impersonated = 'ya29.impersonated-token';
    const target = 'reader@shop-prod.iam.gserviceaccount.com';
    cloud.spoil = (path_) => {
      if (!path_.includes(':generateAccessToken')) return null;
      asked.push(decodeURIComponent(path_));
      const expireTime = new Date(Date.now() + 3_600_000).toISOString();
      return { status: 200, text: JSON.stringify({ accessToken: impersonated, expireTime }) };
    };
    const { GOOGLE_APPLICATION_CREDENTIALS: before } = process.env;
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = keyFile;
    cloud.takes = (bearer) => bearer === impersonated || claimsOf(bearer, publicKey)?.iss === ACCOUNT;
    try {
      const updated = await rollcall(`providers update shop --login impersonate:${target}`);
      expect(updated.status).toBe(0);
      expect((await rollcall('discover-all --quiet')).status).toBe(0);
    } finally {
      if (before === undefined) delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
      else process.env['GOOGLE_APPLICATION_CREDENTIALS'] = before;
    }
    expect(asked[0]).toBe(`/v1/projects/-/serviceAccounts/${target}:generateAccessToken`);
  });

  it('leave no secret anywhere', async () => {
    const bytes = await storedBytes(path.join(dir, 'rollcall.db'));
    const pem = privateKey.split('\n')[1] ?? '';
    for (const secret of [...cloud.secrets, pem, 'hunter2hunter2', 'ya29.impersonated-token']) {
      expect(bytes.includes(secret)).toBe(false);
      expect(shown.join('\n').includes(secret)).toBe(false);
    }
  });
});
