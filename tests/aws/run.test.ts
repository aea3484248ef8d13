import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TokenBuckets } from '../../src/net/token-bucket.ts';
import { aws } from '../../src/providers/aws/manifest.ts';
import { openAws } from '../../src/providers/aws/module.ts';
import { parseAddress } from '../../src/providers/aws/scope-address.ts';
import type { OpenedProvider } from '../../src/providers/manifest.ts';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import type { Observation } from '../../src/types/observation.ts';
import { findScope } from '../../src/types/scope.ts';
import { refusal } from './lab/answers.ts';
import { AwsLab, type LabCall } from './lab/aws-lab.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const HOUR_MS = 3_600_000;
const OPTIONS: DiscoverOptions = { scopes: ['vms', 'nodes'], maskKey: null, knownTasks: new Map() };

describe('a run about accounts of AWS', () => {
  const closers: (() => unknown)[] = [];
  let nowMs = START_MS;
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    nowMs = START_MS;
  });

  /** An organization, with instances in some of its places: as many as are said of each. */
  async function openLab(
    accounts: number,
    regions: readonly string[],
    counts: readonly number[] = [],
  ): Promise<AwsLab> {
    const given = Array.from({ length: accounts }, () => ({ regions }));
    const lab = new AwsLab(() => nowMs, given);
    lab.pageSize = 1_000;
    await lab.start();
    closers.push(() => lab.close());
    const places = [...lab.accounts.keys()].flatMap((account) => regions.map((region) => ({ account, region })));
    for (const [index, count] of counts.entries())
      for (let made = 0; made < count; made++)
        lab.add(places[index] ?? { account: '', region: '' }, `vm-${index}-${made}`);
    return lab;
  }

  function open(lab: AwsLab, scopes: readonly string[] = ['organization']): OpenedProvider {
    const provider = openAws(
      {
        endpoints: scopes.map((scope) => parseAddress(`${lab.url}/${scope}`) ?? ''),
        tls: { fingerprint: lab.fingerprint },
        credential: { kind: 'login', login: `keys:${lab.accessKeyId}`, secret: lab.secretAccessKey },
      },
      {
        signal: new AbortController().signal,
        clock: () => new Date(nowMs),
        onWarning: () => undefined,
        trustCommand: undefined,
      },
      { words: aws.server, retryBaseMs: 1 },
    );
    closers.push(() => provider.close());
    return provider;
  }

  const isListing = ({ action }: LabCall): boolean => action === 'DescribeInstances';
  const namesOf = ({ guests }: Observation) => guests.map(({ document }) => String(document['name'])).toSorted();
  const inDoubt = ({ nodes }: Observation) =>
    nodes.filter(({ unobservable }) => unobservable !== null).map(({ name }) => name);

  it.each([
    [1, 1, [3]],
    [3, 4, [2, 0, 1, 0, 1]],
    [5, 2, []],
  ])('makes a known number of calls: %i accounts, %i regions, instances %j', async (accounts, regions, counts) => {
    const names = ['eu-west-1', 'us-east-1', 'us-west-2', 'ap-south-1'].slice(0, regions);
    const lab = await openLab(accounts, names, counts);
    const used = counts.filter((count) => count > 0).length;
    const provider = open(lab);
    await provider.discover(OPTIONS);
    const expected = {
      GetCallerIdentity: 1,
      ListAccounts: 1,
      AssumeRole: accounts - 1,
      DescribeRegions: accounts,
      DescribeInstances: accounts * regions,
      DescribeVolumes: used,
      DescribeInstanceTypes: Math.min(used, 1),
      DescribeImages: used,
      LookupEvents: used,
    };
    const made = Object.entries(expected).filter(([, count]) => count > 0);
    expect(Object.fromEntries(lab.calls)).toEqual(Object.fromEntries(made));
    expect(provider.requestCount()).toBe(made.reduce((sum, [, count]) => sum + count, 0));
  });

  it('asks for what never changes once: sessions while they hold, and names of images', async () => {
    const lab = await openLab(2, ['eu-west-1'], [1, 1]);
    const provider = open(lab);
    const { guests } = await provider.discover(OPTIONS);
    lab.calls.clear();
    const stored = new Map(guests.map((guest) => [guest.nativeId, guest]));
    await provider.discover({
      ...OPTIONS,
      knownConfigurations:
        async () =>
        ({ nativeId }) =>
          stored.get(nativeId) ?? null,
    });
    expect([lab.calls.get('AssumeRole'), lab.calls.get('DescribeImages')]).toEqual([undefined, undefined]);
    nowMs += HOUR_MS;
    expect(namesOf(await provider.discover(OPTIONS))).toHaveLength(2);
    expect(lab.calls.get('AssumeRole')).toBe(1);
  });

  it('counts roles to the account that takes them, as AWS does, and all else to the account that is asked', async () => {
    const lab = await openLab(3, ['eu-west-1']);
    const taken = jest.spyOn(TokenBuckets.prototype, 'wait');
    closers.push(() => taken.mockRestore());
    await open(lab).discover(OPTIONS);
    const bucketsOf = (action: string) =>
      new Set(taken.mock.calls.map(([bucket]) => bucket).filter((bucket) => bucket.endsWith(action)));
    expect([lab.calls.get('AssumeRole'), bucketsOf('AssumeRole').size]).toEqual([2, 1]);
    expect(bucketsOf('DescribeInstances').size).toBe(3);
  });

  it('waits where AWS says that it is too much, and is whole afterwards', async () => {
    const lab = await openLab(2, ['eu-west-1', 'us-east-1'], [2, 1, 1, 1]);
    const refused = new Map<string, number>();
    lab.spoil = (call) => {
      const key = `${call.account}/${call.region}`;
      const count = (refused.get(key) ?? 0) + 1;
      if (!isListing(call) || count > 2) return null;
      refused.set(key, count);
      return { ...refusal('ec2', 503, 'RequestLimitExceeded'), headers: { 'retry-after': '0' } };
    };
    const seen = await open(lab).discover(OPTIONS);
    expect(namesOf(seen)).toHaveLength(5);
    expect(findScope(seen.scopes, 'guests')?.coverage).toBe('complete');
    expect(inDoubt(seen)).toEqual([]);
    expect([...refused.values()]).toEqual([2, 2, 2, 2]);
  });

  it.each([
    [503, []],
    [429, []],
    [400, ['eu-west-1']],
    [403, ['eu-west-1']],
  ])('asks again after a refusal in new words only if its status lets it: %i', async (status, doubts) => {
    const lab = await openLab(1, ['eu-west-1'], [1]);
    let count = 0;
    lab.spoil = (call) => (isListing(call) && ++count === 1 ? refusal('ec2', status, 'SomethingNew') : null);
    const seen = await open(lab).discover(OPTIONS);
    expect(inDoubt(seen)).toEqual(doubts.map((region) => `${lab.caller}/${region}`));
  });

  it('never takes a listing for complete that was refused in its middle', async () => {
    const lab = await openLab(1, ['eu-west-1', 'us-east-1'], [5, 1]);
    lab.pageSize = 2;
    lab.spoil = (call) => (isListing(call) && call.start === 4 ? refusal('ec2', 503, 'RequestLimitExceeded') : null);
    const seen = await open(lab).discover(OPTIONS);
    expect(inDoubt(seen)).toEqual([`${lab.caller}/eu-west-1`]);
    expect(namesOf(seen)).toEqual(['vm-1-0']);
  });

  it('renews a session that ends in the middle', async () => {
    const lab = await openLab(2, ['eu-west-1'], [0, 3]);
    lab.pageSize = 1;
    lab.spoil = (call) => {
      if (isListing(call) && call.start === 1) nowMs += 2 * HOUR_MS;
      return null;
    };
    const seen = await open(lab).discover(OPTIONS);
    expect(namesOf(seen)).toHaveLength(3);
    expect(lab.calls.get('AssumeRole')).toBe(2);
  });

  it('renews a session that AWS says has ended, whatever was said of its end', async () => {
    const lab = await openLab(2, ['eu-west-1'], [0, 3]);
    lab.pageSize = 1;
    let count = 0;
    lab.spoil = (call) =>
      isListing(call) && call.start === 1 && ++count === 1 ? refusal('ec2', 400, 'ExpiredToken') : null;
    const seen = await open(lab).discover(OPTIONS);
    expect(namesOf(seen)).toHaveLength(3);
    expect(lab.calls.get('AssumeRole')).toBe(2);
  });

  it('signs by the clock of AWS where the own one is off', async () => {
    const lab = await openLab(1, ['eu-west-1'], [1]);
    lab.skewMs = -3 * HOUR_MS;
    const seen = await open(lab).discover(OPTIONS);
    expect(namesOf(seen)).toHaveLength(1);
    expect(Math.abs((seen.clockSkewMs ?? 0) + 3 * HOUR_MS)).toBeLessThan(2_000);
  });

  it('leaves accounts and regions in doubt that it did not ask', async () => {
    const lab = await openLab(3, ['eu-west-1', 'us-east-1'], [1, 1, 1, 1, 1, 1]);
    const [own = '', second = '', third = ''] = [...lab.accounts.keys()];
    const knownIdentity = { ...(await open(lab).discover(OPTIONS)).identity };
    const account = lab.accounts.get(second);
    if (account !== undefined) account.status = 'SUSPENDED';
    lab.accounts.delete(third);
    const seen = await open(lab).discover({ ...OPTIONS, knownIdentity });
    expect(inDoubt(seen)).toEqual([second, third].flatMap((id) => [`${id}/eu-west-1`, `${id}/us-east-1`]));
    const limited = await open(lab, ['self/eu-west-1']).discover({ ...OPTIONS, knownIdentity });
    expect(inDoubt(limited)).toContain(`${own}/us-east-1`);
    expect(inDoubt(limited)).not.toContain(`${own}/eu-west-1`);
  });

  it('says that guests may be missing where the organization does not tell its accounts', async () => {
    const lab = await openLab(2, ['eu-west-1'], [1, 1]);
    lab.spoil = ({ action }) =>
      action === 'ListAccounts' ? refusal('organizations', 400, 'AccessDeniedException') : null;
    const seen = await open(lab, ['organization', 'self']).discover(OPTIONS);
    expect(namesOf(seen)).toEqual(['vm-0-0']);
    expect(findScope(seen.scopes, 'guests')?.coverage).toBe('filtered');
  });

  it.each(['State', 'Status'] as const)('reads the accounts of an organization by their %s', async (field) => {
    const lab = await openLab(2, ['eu-west-1'], [1, 1]);
    lab.stateFields = [field];
    expect(namesOf(await open(lab).discover(OPTIONS))).toEqual(['vm-0-0', 'vm-1-0']);
  });

  it('keeps what instances have of details that could not be read', async () => {
    const lab = await openLab(1, ['eu-west-1'], [1]);
    lab.spoil = ({ action }) => (action === 'DescribeImages' ? refusal('ec2', 403, 'UnauthorizedOperation') : null);
    const seen = await open(lab).discover(OPTIONS);
    expect(findScope(seen.scopes, 'guests')?.coverage).toBe('complete');
    expect(findScope(seen.scopes, 'config')?.coverage).toBe('error');
    expect(seen.guests[0]?.complete.has('config')).toBe(false);
  });

  it('tells no state of an instance that is on its way to another one', async () => {
    const lab = await openLab(1, ['eu-west-1'], [2]);
    const [first, second] = [...lab.instances.values()];
    if (first !== undefined) first.state = 'stopping';
    if (second !== undefined) second.state = 'shutting-down';
    const { guests } = await open(lab).discover(OPTIONS);
    expect(guests.map(({ nativeId, complete }) => [nativeId, complete.has('power')])).toEqual([[first?.id, false]]);
  });

  it('is refused where scopes do not go together, and where nobody logs in', () => {
    const io = {
      signal: new AbortController().signal,
      clock: () => new Date(),
      onWarning: () => undefined,
      trustCommand: undefined,
    };
    const credential = { kind: 'login', login: 'default' } as const;
    const two = { endpoints: ['https://a/self', 'https://b/self'], tls: {}, credential };
    expect(() => openAws(two, io, { words: aws.server })).toThrow('not at one host');
    const token = {
      endpoints: ['https://a/self'],
      tls: {},
      credential: { kind: 'token', tokenId: 'a', secret: 'b' } as const,
    };
    expect(() => openAws(token, io, { words: aws.server })).toThrow('a login of its own');
  });
});
