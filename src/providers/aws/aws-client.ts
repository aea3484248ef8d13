import type { AskCredential, KeptCredential } from '../../net/kept-credential.ts';
import type { ShownCertificate } from '../../types/endpoint.ts';
import { AppError } from '../../types/errors.ts';
import {
  accountsPage,
  type Caller,
  callerAnswer,
  eventsPage,
  type Image,
  type Instance,
  type InstanceType,
  imagesPage,
  instancesPage,
  instanceTypesPage,
  type MemberAccount,
  regionsAnswer,
  roleAnswer,
  type TrailEvent,
  type Volume,
  volumesPage,
} from './answers.ts';
import { AwsWire, type AwsWireOptions, type Parameters, type ServiceCall } from './aws-wire.ts';
import { readPages } from './read-pages.ts';
import type { Keys } from './sign-call.ts';

/** Of EC2, the most that it gives in one page. */
const PER_PAGE = 1_000;
const MOST_NAMED_TYPES = 100;
const MOST_NAMED_IMAGES = 200;
const EVENTS_PER_PAGE = 50;
/** At 2 calls a second, a minute and a half. */
const MOST_EVENT_PAGES = 180;
const SESSION_SECONDS = 3_600;
/** Of calls that are about no region. STS answers there with sessions that all regions take. */
const USUAL_REGION = 'us-east-1';

export interface AwsClientOptions extends AwsWireOptions {
  askKeys: AskCredential<Keys>;
  /** Of calls that are about no region (us-east-1). */
  region?: string | null;
}

/** An account, and who asks it. */
export interface Session {
  account: string;
  keys: KeptCredential<Keys>;
}

/** A region of an account. */
export interface Place extends Session {
  region: string;
}

/** The read calls of AWS, decoded. All throw only AppError, in which no secret appears. */
export class AwsClient {
  readonly #wire: AwsWire;
  readonly #keys: KeptCredential<Keys>;
  readonly #region: string;
  readonly #sessions = new Map<string, Session>();

  constructor({ askKeys, region, ...options }: AwsClientOptions) {
    this.#wire = new AwsWire(options);
    this.#keys = this.#wire.kept('login', askKeys);
    this.#region = region ?? USUAL_REGION;
  }

  get requestCount(): number {
    return this.#wire.requestCount;
  }

  /** The server's clock minus ours; null before the first answer. */
  clockSkewMs(): number | null {
    return this.#wire.clockSkewMs();
  }

  /** What the server showed; null before the first answer. */
  serverCertificate(): ShownCertificate | null {
    return this.#wire.certificate();
  }

  /** Whose credential it is. Needs no right. */
  async caller(signal?: AbortSignal): Promise<Caller> {
    const call = { ...this.#own('', signal), service: 'sts', action: 'GetCallerIdentity' } as const;
    return this.#wire.query(call, {}, callerAnswer);
  }

  /** Accounts of the organization of an account, also those that are suspended. */
  async members(account: string, signal?: AbortSignal): Promise<readonly MemberAccount[]> {
    const own = this.#own(account, signal);
    const call = { ...own, service: 'organizations', region: USUAL_REGION, action: 'ListAccounts' } as const;
    return readPages((NextToken) => this.#wire.json(call, NextToken === null ? {} : { NextToken }, accountsPage));
  }

  /** Sessions of an account; nothing is asked yet. `role` null: the credential's own. */
  session(account: string, role: string | null): Session {
    if (role === null) return { account, keys: this.#keys };
    const name = `${account}:${role}`;
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const session = { account, keys: this.#wire.kept(name, () => this.#assume(account, role)) };
    this.#sessions.set(name, session);
    return session;
  }

  /** Names of the regions that an account may use. */
  async regions(session: Session, signal?: AbortSignal): Promise<readonly string[]> {
    return this.#wire.query(ofEc2({ ...session, region: this.#region }, 'DescribeRegions', signal), {}, regionsAnswer);
  }

  instances(place: Place, signal?: AbortSignal): Promise<readonly Instance[]> {
    const call = ofEc2(place, 'DescribeInstances', signal);
    return readPages((token) => this.#wire.query(call, paged({ MaxResults: PER_PAGE }, token), instancesPage));
  }

  /** null: there is none with this id. */
  async instance(place: Place, id: string, signal?: AbortSignal): Promise<Instance | null> {
    try {
      const call = ofEc2(place, 'DescribeInstances', signal);
      const { rows } = await this.#wire.query(call, { 'InstanceId.1': id }, instancesPage);
      return rows.find(({ instanceId }) => instanceId === id) ?? null;
    } catch (error) {
      if (error instanceof AppError && error.code === 'no-such-guest') return null;
      throw error;
    }
  }

  /** Those that belong to an instance. */
  volumes(place: Place, signal?: AbortSignal): Promise<readonly Volume[]> {
    const call = ofEc2(place, 'DescribeVolumes', signal);
    const asked = { MaxResults: PER_PAGE, 'Filter.1.Name': 'status', 'Filter.1.Value.1': 'in-use' };
    return readPages((token) => this.#wire.query(call, paged(asked, token), volumesPage));
  }

  /** Types of machines by their names. */
  types(place: Place, names: readonly string[], signal?: AbortSignal): Promise<readonly InstanceType[]> {
    const call = ofEc2(place, 'DescribeInstanceTypes', signal);
    return inParts(names, MOST_NAMED_TYPES, (part) =>
      readPages((token) => this.#wire.query(call, paged(numbered('InstanceType', part), token), instanceTypesPage)),
    );
  }

  /** Images by their ids; one that is not there any more is left out. */
  images(place: Place, ids: readonly string[], signal?: AbortSignal): Promise<readonly Image[]> {
    const call = ofEc2(place, 'DescribeImages', signal);
    return inParts(ids, MOST_NAMED_IMAGES, (part) => {
      const asked = { 'Filter.1.Name': 'image-id', ...numbered('Filter.1.Value', part) };
      return readPages((token) => this.#wire.query(call, paged(asked, token), imagesPage));
    });
  }

  /** What was written since a time, newest first. Throws AppError('limit') for more than are read. */
  events(place: Place, since: Date, signal?: AbortSignal): Promise<readonly TrailEvent[]> {
    const call = { ...place, service: 'cloudtrail', action: 'LookupEvents', signal } as const;
    const body = {
      StartTime: Math.floor(since.getTime() / 1_000),
      MaxResults: EVENTS_PER_PAGE,
      LookupAttributes: [{ AttributeKey: 'ReadOnly', AttributeValue: 'false' }],
    };
    return readPages(
      (NextToken) => this.#wire.json(call, NextToken === null ? body : { ...body, NextToken }, eventsPage),
      { most: MOST_EVENT_PAGES, what: `more events since ${since.toISOString()}` },
    );
  }

  close(): void {
    this.#wire.close();
  }

  #own(account: string, signal: AbortSignal | undefined) {
    return { account, region: this.#region, keys: this.#keys, signal };
  }

  async #assume(account: string, role: string) {
    // AWS counts it to whoever takes the role, not to the account of the role.
    const call = { ...this.#own('', undefined), service: 'sts', action: 'AssumeRole' } as const;
    const asked = {
      RoleArn: `arn:aws:iam::${account}:role/${role}`,
      RoleSessionName: 'rollcall',
      DurationSeconds: SESSION_SECONDS,
    };
    const { account: answered, ...keys } = await this.#wire.query(call, asked, roleAnswer);
    if (answered === account) return keys;
    throw new AppError('malformed', `AssumeRole: account ${account} was asked for, and another one was answered`);
  }
}

function ofEc2({ account, keys, region }: Place, action: string, signal: AbortSignal | undefined): ServiceCall<'ec2'> {
  return { account, keys, region, action, service: 'ec2', signal };
}

function paged(asked: Parameters, token: string | null): Parameters {
  return token === null ? asked : { ...asked, NextToken: token };
}

/** `InstanceType.1`, `InstanceType.2`, … */
function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]));
}

async function inParts<T>(
  values: readonly string[],
  size: number,
  read: (part: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const rows: T[] = [];
  for (let start = 0; start < values.length; start += size)
    for (const row of await read(values.slice(start, start + size))) rows.push(row);
  return rows;
}
