import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as z from 'zod';
import { aws } from '../../src/providers/aws/manifest.ts';
import { moduleOf } from '../../src/providers/aws/module.ts';
import { parseAddress } from '../../src/providers/aws/scope-address.ts';
import type { OpenedProvider } from '../../src/providers/manifest.ts';
import type { ConnectionCheck } from '../../src/providers/provider.ts';
import type { GuestObservation, Observation } from '../../src/types/observation.ts';
import { findScope } from '../../src/types/scope.ts';
import { type BotoKeys, describeMoto } from '../helpers/boto3.ts';
import { type MotoWorld, OWN, openMoto } from './moto-world.ts';

const anything = z.unknown();
const started = z.object({ Instances: z.array(z.object({ InstanceId: z.string() })) });

/** An AWS that somebody else wrote, with signatures and policies checked, changed through the vendor's own library. */
describeMoto('AWS as moto has it', () => {
  let world: MotoWorld;
  const opened: OpenedProvider[] = [];
  beforeAll(async () => {
    world = await openMoto();
  }, 120_000);
  afterAll(async () => {
    for (const provider of opened) provider.close();
    await world.close();
  });

  function open(scope: string, keys: BotoKeys = world.reader): OpenedProvider {
    const credential = { kind: 'login', login: `keys:${keys.accessKeyId}`, secret: keys.secretAccessKey } as const;
    const { url, certificate } = world.moto;
    const provider = moduleOf(aws).open(
      { endpoints: [parseAddress(`${url}/${scope}`) ?? ''], tls: { ca: certificate }, credential },
      {
        signal: new AbortController().signal,
        clock: () => new Date(),
        onWarning: () => undefined,
        trustCommand: undefined,
      },
    );
    opened.push(provider);
    return provider;
  }

  function discover(provider: OpenedProvider): Promise<Observation> {
    return provider.discover({ scopes: ['vms', 'nodes'], maskKey: null, knownTasks: new Map() });
  }

  async function checksOf(provider: OpenedProvider): Promise<ConnectionCheck[]> {
    const steps: ConnectionCheck[] = [];
    for await (const step of provider.check({ account: 'keys' })) steps.push(step);
    return steps;
  }

  function ec2<T>(schema: z.ZodType<T>, method: string, parameters: object, keys = world.admin, region = 'eu-west-1') {
    return world.hand.call(schema, { service: 'ec2', region, method, parameters, keys });
  }

  async function run(name: string, keys = world.admin, region = 'eu-west-1'): Promise<string> {
    const Tags = [
      { Key: 'Name', Value: name },
      { Key: 'env', Value: 'a & b' },
    ];
    const one = { ImageId: 'ami-12c6146b', InstanceType: 't3.large', MinCount: 1, MaxCount: 1 };
    const parameters = { ...one, TagSpecifications: [{ ResourceType: 'instance', Tags }] };
    const { Instances } = await ec2(started, 'run_instances', parameters, keys, region);
    return Instances[0]?.InstanceId ?? '';
  }

  function guestOf({ guests }: Observation, id: string): GuestObservation | undefined {
    return guests.find(({ nativeId }) => nativeId === id);
  }

  it('has its instances with what they are made of', async () => {
    const id = await run('web');
    const { PublicIp } = await ec2(z.object({ PublicIp: z.string() }), 'allocate_address', {});
    await ec2(anything, 'associate_address', { InstanceId: id, PublicIp });
    const disk = { AvailabilityZone: 'eu-west-1a', Size: 40, VolumeType: 'gp3', Encrypted: true };
    const { VolumeId } = await ec2(z.object({ VolumeId: z.string() }), 'create_volume', disk);
    await ec2(anything, 'attach_volume', { InstanceId: id, VolumeId, Device: '/dev/sdh' });
    const seen = await discover(open('self/eu-west-1'));
    expect(findScope(seen.scopes, 'guests')).toMatchObject({ coverage: 'complete', count: 1 });
    expect(findScope(seen.scopes, 'config')).toMatchObject({ coverage: 'complete' });
    expect(guestOf(seen, id)).toMatchObject({
      node: `${OWN}/eu-west-1`,
      cpus: 2,
      memoryBytes: 8 * 2 ** 30,
      document: {
        name: 'web',
        status: 'running',
        tags: ['env=a & b'],
        instanceType: 't3.large',
        cores: 2,
        memory: 8192,
        image: 'ami-12c6146b',
        zone: 'eu-west-1a',
        'guest.addresses': expect.arrayContaining([PublicIp]),
        'disk-sdh.volume': VolumeId,
        'disk-sdh.sizeBytes': 40 * 2 ** 30,
        'disk-sdh.type': 'gp3',
        'disk-sdh.encrypted': true,
        'nic-0.interface': expect.stringMatching(/^eni-/),
        launched: expect.any(String),
      },
    });
  });

  it('tells of a stop, another type, a tag, and of a termination that asking for it proves', async () => {
    const provider = open('self/eu-west-1');
    const [kept, gone] = [await run('kept'), await run('gone')];
    await discover(provider);
    await ec2(anything, 'stop_instances', { InstanceIds: [kept] });
    await ec2(anything, 'modify_instance_attribute', { InstanceId: kept, InstanceType: { Value: 't3.xlarge' } });
    await ec2(anything, 'create_tags', { Resources: [kept], Tags: [{ Key: 'Name', Value: 'renamed' }] });
    await ec2(anything, 'terminate_instances', { InstanceIds: [gone] });
    const seen = await discover(provider);
    const now = { name: 'renamed', status: 'stopped', memory: 16_384, cores: 4 };
    expect(guestOf(seen, kept)?.document).toMatchObject(now);
    expect(guestOf(seen, gone)).toBeUndefined();
    const never = 'i-0123456789abcdef0';
    const asked = [gone, kept, never].map((nativeId) => ({ kind: 'vm', identity: {}, nativeId }) as const);
    const probes = await provider.probeAbsent?.(asked.map((one) => ({ ...one, node: `${OWN}/eu-west-1` })));
    expect(Object.fromEntries(probes ?? [])).toEqual({ [gone]: 'gone', [kept]: 'exists', [never]: 'gone' });
  });

  it('reads the accounts of an organization by a role, and all regions of each', async () => {
    const { member, memberAdmin } = world;
    const id = await run('shop', memberAdmin, 'us-west-2');
    const seen = await discover(open('organization'));
    expect(seen.identity.systemId).toBe(`accounts ${[OWN, member].toSorted().join(',')}`);
    expect(guestOf(seen, id)).toMatchObject({ node: `${member}/us-west-2`, document: { name: 'shop' } });
    expect(seen.scopes).toContainEqual(expect.objectContaining({ scope: `guests/${member}`, coverage: 'complete' }));
    // moto lists regions of other partitions as well, and refuses the keys there: nothing is concluded of those.
    const inDoubt = seen.nodes.filter(({ unobservable }) => unobservable !== null).map(({ name }) => name);
    expect(inDoubt.filter((name) => !/\/(?:cn|us-gov)-/.test(name))).toEqual([]);
    expect(inDoubt).toContain(`${member}/cn-north-1`);
  });

  it('needs no more than the policies that a check prints', async () => {
    const steps = await checksOf(open('organization'));
    const passed = steps.filter(({ ok }) => ok).map(({ step }) => step);
    expect(passed).toEqual(
      expect.arrayContaining(['authentication', 'accounts', 'instances', 'volumes', 'instance types', 'images']),
    );
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('takes a right that is missing, and a role that is none, for what they are', async () => {
    const seen = await discover(open(`${world.member}:nobody`));
    expect(seen.guests).toEqual([]);
    expect(findScope(seen.scopes, `guests/${world.member}`)?.coverage).not.toBe('complete');
    const steps = await checksOf(open('self/eu-west-1', world.nobody));
    const refused = steps.find(({ step }) => step === 'permissions');
    expect(refused).toMatchObject({
      ok: false,
      hint: expect.stringContaining('"ec2:DescribeRegions","ec2:DescribeInstances"'),
    });
  });

  it('is refused with a wrong secret, whatever else is right', async () => {
    const wrong = { ...world.reader, secretAccessKey: 'wrong-wrong-wrong' };
    await expect(discover(open('self', wrong))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
