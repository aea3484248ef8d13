import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as z from 'zod';
import { Boto3, describeMoto } from '../helpers/boto3.ts';
import { AwsLab } from './lab/aws-lab.ts';

const FIRST = '111122223333';
const PLACE = { account: FIRST, region: 'eu-west-1' };
const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;

const events = z.object({
  Events: z.array(
    z.strictObject({
      EventId: z.string(),
      EventName: z.string(),
      ReadOnly: z.string(),
      EventTime: z.iso.datetime({ offset: true }),
      EventSource: z.string(),
      Username: z.string(),
      Resources: z.array(z.unknown()),
      CloudTrailEvent: z.string(),
    }),
  ),
});
const instances = z.object({
  Reservations: z.array(
    z.object({
      Instances: z.array(
        z.object({
          InstanceId: z.string(),
          State: z.object({ Code: z.number(), Name: z.string() }),
          Tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
          NetworkInterfaces: z.array(z.object({ MacAddress: z.string(), PrivateIpAddress: z.string() })),
          BlockDeviceMappings: z.array(z.object({ Ebs: z.object({ VolumeId: z.string() }) })),
        }),
      ),
    }),
  ),
});

/** The lab is ours: the vendor's own library says whether its answers are those of AWS, and the lab checks its signatures. */
describeMoto('the AWS of the tests, asked by boto3', () => {
  const lab = new AwsLab(() => Date.now(), [{ id: FIRST }, {}]);
  let hand: Boto3;
  beforeAll(async () => {
    await lab.start();
    hand = new Boto3(lab);
  });
  afterAll(async () => {
    await hand.close();
    await lab.close();
  });
  const keys = () => ({ accessKeyId: lab.accessKeyId, secretAccessKey: lab.secretAccessKey });
  const ask = <T>(schema: z.ZodType<T>, service: string, method: string, parameters: object, pages = false) =>
    hand.call(schema, { service, region: 'eu-west-1', method, parameters, keys: keys(), pages });

  it('tells events of CloudTrail, page by page, with times that the library reads', async () => {
    for (let count = 0; count < 5; count++)
      lab.record({ ...PLACE, name: 'StopInstances', actor: 'alice', request: { instancesSet: { items: [] } } });
    const since = { StartTime: (NOW_MS - 60_000) / 1_000 };
    const { Events } = await ask(events, 'cloudtrail', 'lookup_events', since, true);
    expect(Events).toHaveLength(5);
    expect(new Set(Events.map(({ EventId }) => EventId)).size).toBe(5);
    const [first] = Events;
    expect(Math.abs(Date.parse(first?.EventTime ?? '') - Date.now())).toBeLessThan(60_000);
    expect(JSON.parse(first?.CloudTrailEvent ?? '')).toMatchObject({
      eventName: 'StopInstances',
      awsRegion: 'eu-west-1',
    });
  });

  it('tells instances, volumes, types, images and regions', async () => {
    const made = ['a', 'b', 'c'].map((name) => lab.add(PLACE, name).id);
    const { Reservations } = await ask(instances, 'ec2', 'describe_instances', {}, true);
    const rows = Reservations.flatMap(({ Instances }) => Instances);
    expect(rows.map(({ InstanceId }) => InstanceId)).toEqual(made);
    expect(rows[0]).toMatchObject({
      State: { Code: 16, Name: 'running' },
      Tags: expect.arrayContaining([{ Key: 'Name', Value: 'a' }]),
    });
    const volumes = z.object({ Volumes: z.array(z.object({ VolumeId: z.string(), Size: z.literal(8) })) });
    expect((await ask(volumes, 'ec2', 'describe_volumes', {}, true)).Volumes).toHaveLength(3);
    const types = z.object({
      InstanceTypes: z.array(
        z.object({
          VCpuInfo: z.object({ DefaultVCpus: z.literal(2) }),
          MemoryInfo: z.object({ SizeInMiB: z.literal(1024) }),
        }),
      ),
    });
    const named = { InstanceTypes: ['lab2.m1024'] };
    expect((await ask(types, 'ec2', 'describe_instance_types', named)).InstanceTypes).toHaveLength(1);
    const images = z.object({ Images: z.array(z.object({ ImageId: z.string(), Name: z.literal('debian-12') })) });
    const filter = { Filters: [{ Name: 'image-id', Values: ['ami-1'] }] };
    expect((await ask(images, 'ec2', 'describe_images', filter)).Images).toHaveLength(1);
    const regions = z.object({ Regions: z.array(z.object({ RegionName: z.string(), OptInStatus: z.string() })) });
    expect((await ask(regions, 'ec2', 'describe_regions', {})).Regions).toHaveLength(2);
  });

  it('tells who asks, accounts, and sessions of a role', async () => {
    const caller = z.object({ Account: z.literal(FIRST) });
    await ask(caller, 'sts', 'get_caller_identity', {});
    const accounts = z.object({ Accounts: z.array(z.object({ Id: z.string(), Status: z.literal('ACTIVE') })) });
    expect((await ask(accounts, 'organizations', 'list_accounts', {}, true)).Accounts).toHaveLength(2);
    const role = { RoleArn: 'arn:aws:iam::111122223334:role/rollcall', RoleSessionName: 'lab' };
    const session = z.object({ Credentials: z.object({ Expiration: z.iso.datetime({ offset: true }) }) });
    await ask(session, 'sts', 'assume_role', role);
  });

  it('refuses in words that the library takes for a code', async () => {
    const missing = ask(z.unknown(), 'ec2', 'describe_instances', { InstanceIds: ['i-0123456789abcdef0'] });
    await expect(missing).rejects.toThrow('InvalidInstanceID.NotFound');
    const refused = ask(z.unknown(), 'sts', 'assume_role', {
      RoleArn: 'arn:aws:iam::999999999999:role/x',
      RoleSessionName: 'lab',
    });
    await expect(refused).rejects.toThrow('AccessDenied');
    const wrong = { ...keys(), secretAccessKey: 'wrong' };
    const unsigned = hand.call(z.unknown(), {
      service: 'cloudtrail',
      region: 'eu-west-1',
      method: 'lookup_events',
      keys: wrong,
    });
    await expect(unsigned).rejects.toThrow('SignatureDoesNotMatch');
  });
});
