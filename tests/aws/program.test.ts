import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseAt, storedBytes } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { refusal } from './lab/answers.ts';
import { AwsLab } from './lab/aws-lab.ts';

const START_MS = Date.UTC(2026, 10, 21, 10);
const [FIRST, SECOND] = ['111122223333', '111122223334'];
const HOME = { account: FIRST, region: 'eu-west-1' };
const SHOP = { account: SECOND, region: 'us-east-1' };

describe('accounts of AWS', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-aws-'));
  const file = path.join(dir, 'rollcall.db');
  const told: string[] = [];
  let nowMs = START_MS;
  let ids = 0;
  const lab = new AwsLab(() => nowMs, [{ id: FIRST }, { id: SECOND, name: 'shop' }, { status: 'SUSPENDED' }]);
  const web = lab.add(HOME, 'web');
  const db = lab.add(HOME, 'db');
  const till = lab.add(SHOP, 'till');
  beforeAll(() => lab.start());
  afterAll(async () => {
    await lab.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    nowMs += 60_000;
    lab.spoil = () => null;
  });

  async function rollcall(line: string): Promise<Ran> {
    const ran = await runProgram(line.split(/\s+/), {
      env: { AWS_KEY: lab.secretAccessKey, DATABASE_URL: await databaseAt(file), HOME: dir },
      cwd: dir,
      clock: () => new Date(nowMs),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
    told.push(ran.stdout, ran.stderr);
    return ran;
  }

  function does(name: string, { id, account, region }: typeof web, request: object = {}): void {
    const instancesSet = { items: [{ instanceId: id }] };
    lab.record({ account, region, name, actor: 'alice', request: { instancesSet, ...request } });
  }

  it('are stored once they answer', async () => {
    const how = `--type aws --endpoint ${lab.url}/organization --fingerprint ${lab.fingerprint}`;
    const unknown = await rollcall(`providers add aws ${how} --login magic`);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('--login is no way to log in to AWS');
    const bare = await rollcall(`providers add aws ${how} --login keys:${lab.accessKeyId}`);
    expect(bare.stderr).toContain('is given without --secret');
    const added = await rollcall(`providers add aws ${how} --login keys:${lab.accessKeyId} --secret env:AWS_KEY`);
    expect(added).toMatchObject({ status: 0, stderr: expect.stringContaining(`stored aws: cluster AWS ${FIRST}`) });
    const shown = (await rollcall('providers list -o json')).stdout;
    expect(shown).toContain(`${lab.url}/organization:rollcall`);
  });

  it('are tested step by step, with the policy that is missing', async () => {
    const tested = await rollcall('providers test aws');
    expect(tested.status).toBe(0);
    expect(tested.stdout).toContain(`arn:aws:iam::${FIRST}:user/rollcall`);
    expect(tested.stdout).toContain('by the role rollcall; 2 regions');
    expect(tested.stdout).toContain('CloudTrail tells who did what');
    lab.spoil = ({ action }) => (action === 'DescribeVolumes' ? refusal('ec2', 403, 'UnauthorizedOperation') : null);
    const refused = await rollcall('providers test aws');
    expect(refused.status).toBe(3);
    expect(refused.stdout + refused.stderr).toContain('{"Version":"2012-10-17","Statement":[{"Sid":"Rollcall"');
  });

  it('have their instances in the inventory', async () => {
    expect(await rollcall('discover-all --quiet')).toMatchObject({ status: 0, stderr: '' });
    const { rows } = await rollcall('list-vms -o json');
    expect(rows.map(({ name, node }) => `${String(name)} ${String(node)}`).toSorted()).toEqual([
      `db ${FIRST}/eu-west-1`,
      `till ${SECOND}/us-east-1`,
      `web ${FIRST}/eu-west-1`,
    ]);
    expect(rows.find(({ name }) => name === 'web')).toMatchObject({
      status: 'running',
      cpus: 2,
      memoryBytes: 1024 * 2 ** 20,
      diskBytes: 8 * 2 ** 30,
      addresses: expect.arrayContaining([expect.objectContaining({ address: '203.0.113.1' })]),
    });
    const shown = (await rollcall('show-host web')).stdout;
    for (const text of ['ami-0abcdef1234567890', 'debian-12', 'Linux/UNIX', 'subnet-1', 'env=lab'])
      expect(shown).toContain(text);
    const nodes = (await rollcall('list-nodes -o json')).rows;
    expect(nodes.map(({ name }) => name)).toEqual([`${FIRST}/eu-west-1`, `${SECOND}/us-east-1`]);
  });

  it('are not read where they have more instances than a run may read', async () => {
    const refused = await rollcall('discover-all --quiet --max-guests 2');
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('3 instances are listed, more than the 2');
  });

  it('tell who did what', async () => {
    web.state = 'stopped';
    does('StopInstances', web);
    till.name = 'till-2';
    does('CreateTags', till, { tagSet: { items: [{ key: 'Name', value: 'till-2' }] } });
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    const { rows } = await rollcall('show-changes --kind changed -o json');
    const alice = `arn:aws:iam::${FIRST}:user/alice`;
    const found = rows.map(({ name, path: field, actor, confidence }) => [name, field, actor, confidence]);
    expect(found).toContainEqual(['web', 'status', alice, 'exact']);
    expect(found).toContainEqual(['till-2', 'name', alice, 'exact']);
  });

  it('name who did it also where CloudTrail tells late', async () => {
    lab.lateMs = 10 * 60_000;
    web.state = 'running';
    does('StartInstances', web);
    nowMs += 60_000;
    lab.lateMs = 0;
    does('RebootInstances', db);
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    const actors = async () =>
      (await rollcall('show-changes --kind changed -o json')).rows
        .filter(({ path: field, after }) => field === 'status' && after === 'running')
        .map(({ actor }) => actor);
    expect(await actors()).toEqual([null]);
    nowMs += 15 * 60_000;
    await rollcall('discover-all --quiet');
    expect(await actors()).toEqual([`arn:aws:iam::${FIRST}:user/alice`]);
  });

  it('name who stopped an instance that was still stopping in the run before', async () => {
    web.state = 'stopping';
    does('StopInstances', web);
    nowMs += 60_000;
    await rollcall('discover-all --quiet');
    const stops = async () =>
      (await rollcall('show-changes --kind changed -o json')).rows
        .filter(({ name, path: field, after }) => name === 'web' && field === 'status' && after === 'stopped')
        .map(({ actor, confidence }) => [actor, confidence]);
    const before = await stops();
    nowMs += 20 * 60_000;
    web.state = 'stopped';
    await rollcall('discover-all --quiet');
    expect(await stops()).toEqual([...before, [`arn:aws:iam::${FIRST}:user/alice`, 'exact']]);
  });

  it('lose an instance that was terminated, and none that is only not told of', async () => {
    db.state = 'terminated';
    db.terminatedAtMs = nowMs;
    does('TerminateInstances', db);
    lab.spoil = ({ action, account }) =>
      action === 'DescribeInstances' && account === SECOND ? refusal('ec2', 503, 'RequestLimitExceeded') : null;
    nowMs += 60_000;
    const run = await rollcall('discover-all --quiet');
    expect(run.status).not.toBe(0);
    const { rows } = await rollcall('show-changes --kind removed -o json');
    expect(rows.map(({ name }) => name)).toEqual(['db']);
    const listed = (await rollcall('list-vms -o json')).rows;
    expect(listed.find(({ name }) => name === 'till-2')).toMatchObject({ isStale: true });
  });

  it('are whole again afterwards, and no secret is stored or told', async () => {
    expect((await rollcall('discover-all --quiet')).status).toBe(0);
    expect((await rollcall('verify')).status).toBe(0);
    const everything = [...told, await storedBytes(file)].join('\n');
    expect(lab.secrets.length).toBeGreaterThan(10);
    for (const secret of lab.secrets) expect(everything.includes(secret)).toBe(false);
  });
});
