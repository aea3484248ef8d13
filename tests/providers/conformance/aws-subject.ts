import { aws } from '../../../src/providers/aws/manifest.ts';
import { openAws } from '../../../src/providers/aws/module.ts';
import { rules } from '../../../src/providers/aws/rules.ts';
import { refusal, typeOf } from '../../aws/lab/answers.ts';
import { AwsLab, type LabCall, type Spoil, type SpoiltAnswer } from '../../aws/lab/aws-lab.ts';
import { actorArn } from '../../aws/lab/trail.ts';
import type { Fault, Subject, SubjectKind } from './subject.ts';

const START_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
interface Accounts {
  first: string;
  second: string;
  places: readonly { account: string; region: string }[];
}

/** Each is an organization of its own. */
function accountsOf(seed: number): Accounts {
  const [first, second] = [`${111122223333 + seed * 10}`, `${111122223334 + seed * 10}`];
  // The last one is another account, where most is.
  const places = [
    { account: first, region: 'eu-west-1' },
    { account: first, region: 'us-east-1' },
    { account: second, region: 'eu-west-1' },
  ];
  return { first, second, places };
}
export const AWS: SubjectKind = {
  kind: aws.kind,
  open,
  cannot: { move: 'an instance stays in its account and region' },
  untold: {},
  // Who asks, the accounts, one role, regions of two; of four regions instances, in two pages of one; of three volumes, images and
  // events; types once.
  maxRequests: 23,
};

async function open({ seed }: { seed: number }): Promise<Subject> {
  const accounts = accountsOf(seed);
  const { first, second, places } = accounts;
  let nowMs = START_MS;
  const pass = async (): Promise<void> => {
    nowMs += MINUTE_MS;
  };
  const lab = new AwsLab(() => nowMs, [{ id: first }, { id: second }]);
  // CloudTrail tells late: of every other platform, by more than a run.
  lab.lateMs = seed % 2 === 0 ? 3 * MINUTE_MS : 0;
  await lab.start();
  for (const [index, name] of ['web', 'db', 'cache', 'mail', 'build', 'proxy'].entries()) {
    const place = places[[0, 0, 0, 1, 2, 2][index] ?? 0];
    if (place !== undefined) lab.add(place, name);
  }
  const actors = ['alice', 'bob', 'carol'];
  return {
    module: { rules, open: (settings, io) => openAws(settings, io, { words: aws.server, retryBaseMs: 1 }) },
    settings: {
      endpoints: [`${lab.url}/organization:rollcall`],
      tls: { fingerprint: lab.fingerprint },
      credential: { kind: 'login', login: `keys:${lab.accessKeyId}`, secret: lab.secretAccessKey },
    },
    secrets: lab.secrets,
    actors: actors.map((name) => actorArn(first, name)),
    places: places.map(({ account, region }) => `${account}/${region}`),
    clock: () => new Date(nowMs),
    pass,
    settle: pass,
    truth: async () =>
      [...lab.instances.values()]
        .filter(({ terminatedAtMs }) => terminatedAtMs === null)
        .map(({ id, name, state, account, region, memoryMiB }) => ({
          nativeId: id,
          name,
          status: state === 'running' ? 'running' : 'stopped',
          place: `${account}/${region}`,
          memoryMiB,
        })),
    hand: handOf(lab, accounts),
    faults: faultsOf(lab, accounts),
    close: () => lab.close(),
  };
}

function handOf(lab: AwsLab, { places }: Accounts): Subject['hand'] {
  let made = 0;
  const done = (actor: string, id: string, name: string, request: unknown, response: unknown = null): void => {
    const { account, region } = lab.find(id);
    lab.record({ account, region, name, actor: actor.slice(actor.lastIndexOf('/') + 1), request, response });
  };
  const set = (id: string) => ({ instancesSet: { items: [{ instanceId: id }] } });
  const create = async (actor: string, name: string): Promise<string> => {
    const place = places[made++ % places.length];
    if (place === undefined) throw new Error('there are places');
    const row = lab.add(place, name);
    row.state = 'stopped';
    done(actor, row.id, 'RunInstances', { userData: '<sensitiveDataRemoved>' }, set(row.id));
    return row.id;
  };
  const remove = async (actor: string, id: string): Promise<void> => {
    const row = lab.find(id);
    row.state = 'terminated';
    row.terminatedAtMs = lab.nowMs;
    done(actor, id, 'TerminateInstances', set(id));
  };
  return {
    create,
    remove,
    recreate: async (actor, id) => {
      await remove(actor, id);
      return create(actor, lab.find(id).name);
    },
    rename: async (actor, id, name) => {
      lab.find(id).name = name;
      const resourcesSet = { items: [{ resourceId: id }] };
      done(actor, id, 'CreateTags', { resourcesSet, tagSet: { items: [{ key: 'Name', value: name }] } });
    },
    setPower: async (actor, id, status) => {
      lab.find(id).state = status;
      done(actor, id, status === 'running' ? 'StartInstances' : 'StopInstances', set(id));
    },
    setMemory: async (actor, id, memoryMiB) => {
      const row = lab.find(id);
      row.memoryMiB = memoryMiB;
      done(actor, id, 'ModifyInstanceAttribute', { instanceId: id, instanceType: { value: typeOf(row) } });
    },
    move: async () => {
      throw new Error('an instance stays in its region');
    },
  };
}

type Change = (text: string, call: LabCall) => SpoiltAnswer | null;
const ITEM = /<item><reservationId>[\s\S]*?<\/instancesSet><\/item>/g;

function faultsOf(lab: AwsLab, { second: secondId }: Accounts): Subject['faults'] {
  const spoiling = (spoil: Spoil): Fault => {
    return async () => {
      lab.spoil = spoil;
      return async () => {
        lab.spoil = () => null;
      };
    };
  };
  const isListing = ({ action, parameters }: LabCall): boolean =>
    action === 'DescribeInstances' && !parameters.has('InstanceId.1');
  const listing = (change: Change): Fault =>
    spoiling((call, { text }) => (isListing(call) ? change(text, call) : null));
  const rows = (change: (rows: readonly string[]) => readonly string[]): Fault =>
    listing((text) => {
      const kept = change(text.match(ITEM) ?? []).join('');
      return { text: text.replace(/<item><reservationId>[\s\S]*<\/instancesSet><\/item>/, kept) };
    });
  /** Between an attribute of the lab and another value of it. */
  const setting = <K extends 'skewMs' | 'isExpired'>(key: K, value: AwsLab[K], before: AwsLab[K]): Fault => {
    return async () => {
      lab[key] = value;
      return async () => {
        lab[key] = before;
      };
    };
  };
  const ofSecond = ({ account }: LabCall): boolean => account === secondId;
  return {
    'failed-listing': listing(() => refusal('ec2', 500, 'InternalError')),
    'short-listing': rows((all) => all.slice(1)),
    'empty-listing': rows(() => []),
    'cut-listing': listing((text) => ({ text, isCut: true })),
    'duplicated-listing': rows((all) => [...all, ...all]),
    'slow-listing': listing((text) => ({ text, delayMs: 30 })),
    'lost-rights': listing((_text, call) => (ofSecond(call) ? refusal('ec2', 403, 'UnauthorizedOperation') : null)),
    'other-system': async () => {
      const { caller } = lab;
      const kept = [...lab.accounts];
      lab.accounts.clear();
      lab.accounts.set('999900001111', { ...kept[0]?.[1], id: '999900001111' } as never);
      lab.caller = '999900001111';
      return async () => {
        lab.accounts.clear();
        for (const [id, account] of kept) lab.accounts.set(id, account);
        lab.caller = caller;
      };
    },
    garbled: listing(() => ({ text: '<html><body><h1>Welcome</h1></body></html>' })),
    'failed-details': spoiling(({ action }) =>
      action === 'DescribeVolumes' ? refusal('ec2', 403, 'UnauthorizedOperation') : null,
    ),
    'lost-records': spoiling(({ action }) =>
      action === 'LookupEvents' ? refusal('cloudtrail', 500, 'InternalFailure') : null,
    ),
    'partial-places': listing((_text, { region }) =>
      region === 'us-east-1' ? refusal('ec2', 503, 'Unavailable') : null,
    ),
    'missing-page': listing((_text, { start }) => (start > 0 ? refusal('ec2', 500, 'InternalError') : null)),
    throttled: listing((_text, { start }) => (start > 0 ? refusal('ec2', 503, 'RequestLimitExceeded') : null)),
    'expired-credential': async () => {
      lab.spoil = (call) => {
        lab.isExpired ||= isListing(call);
        return null;
      };
      return async () => {
        lab.spoil = () => null;
        lab.isExpired = false;
      };
    },
    'lost-area': async () => {
      const second = lab.accounts.get(secondId);
      lab.accounts.delete(secondId);
      return async () => {
        if (second !== undefined) lab.accounts.set(secondId, second);
      };
    },
    'wrong-clock': setting('skewMs', 2 * HOUR_MS, 0),
  };
}
