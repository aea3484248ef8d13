import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from '../../helpers/certificate.ts';
import {
  type Answer,
  ec2,
  instanceTypeOf,
  json,
  type LabInstance,
  list,
  refusal,
  reservationOf,
  sts,
  token,
  volumeOf,
} from './answers.ts';
import { dateOf, signatureOf, signedBy } from './signature.ts';
import { type Deed, eventRow, type LabEvent, toEvent } from './trail.ts';

/** A call as the lab takes it. */
export interface LabCall {
  action: string;
  service: string;
  account: string;
  region: string;
  parameters: ReadonlyMap<string, string>;
  /** From which row on; 0: the first page. */
  start: number;
}
export interface SpoiltAnswer extends Partial<Answer> {
  /** The connection ends in the middle. */
  isCut?: boolean;
  delayMs?: number;
  headers?: Readonly<Record<string, string>>;
}
/** What spoils an answer; null for one that stays as it is. */
export type Spoil = (call: LabCall, answer: Answer) => SpoiltAnswer | null;

interface LabAccount {
  id: string;
  name: string;
  status: 'ACTIVE' | 'SUSPENDED';
  /** Those of `DescribeRegions`. */
  regions: readonly string[];
  /** That the caller may take; null: none. */
  role: string | null;
}
interface Keys {
  account: string;
  secret: string;
  token: string | null;
  endsAtMs: number;
}

const HOUR_MS = 3_600_000;
const MOST_SKEW_MS = 5 * 60_000;

/**
 * AWS for tests: STS, Organizations, EC2 and CloudTrail of several accounts and regions at one address. It checks each signature, and
 * answers in the formats of the real one.
 */
export class AwsLab {
  readonly accounts = new Map<string, LabAccount>();
  readonly instances = new Map<string, LabInstance>();
  readonly accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
  readonly secretAccessKey = randomBytes(30).toString('base64');
  /** Everything that must not be told. */
  readonly secrets: string[] = [this.secretAccessKey, 'hunter2-in-a-tag'];
  events: LabEvent[] = [];
  spoil: Spoil = () => null;
  /** The account of the credential. */
  caller: string;
  /** How it names the state of an account. AWS has both until 2026-09-09. */
  stateFields: readonly ('State' | 'Status')[] = ['State', 'Status'];
  /** Rows of a page. */
  pageSize = 2;
  /** Events are told so much later. */
  lateMs = 0;
  /** Its clock minus that of the others. */
  skewMs = 0;
  /** Whether sessions and keys are refused as ended. */
  isExpired = false;
  /** How often each action was called. */
  readonly calls = new Map<string, number>();
  url = '';
  fingerprint = '';
  certificate = '';
  readonly #clock: () => number;
  readonly #keys = new Map<string, Keys>();
  #server: Server | null = null;
  #last = 0;

  /** `clock`: epoch milliseconds. */
  constructor(clock: () => number, accounts: readonly Partial<LabAccount>[] = [{}]) {
    this.#clock = clock;
    for (const [index, given] of accounts.entries()) {
      const id = given.id ?? `${111122223333 + index}`;
      const regions = given.regions ?? ['eu-west-1', 'us-east-1'];
      this.accounts.set(id, { id, name: `account ${index}`, status: 'ACTIVE', role: 'rollcall', ...given, regions });
    }
    this.caller = [...this.accounts.keys()][0] ?? '';
  }

  get nowMs(): number {
    return this.#clock() + this.skewMs;
  }

  async start(): Promise<void> {
    const { key, pem, fingerprint } = await makeCertificate({ host: 'localhost' });
    this.fingerprint = fingerprint;
    this.certificate = pem;
    const server = createServer({ key, cert: pem }, (request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  /** A running instance, which nobody is told to have made. */
  add(place: { account: string; region: string }, name: string): LabInstance {
    const number = ++this.#last;
    const id = `i-${number.toString(16).padStart(17, '0')}`;
    const tags = { env: 'lab', 'db-password': 'hunter2-in-a-tag' };
    const size = { cores: 2, memoryMiB: 1024 };
    const made: LabInstance = { id, ...place, name, state: 'running', terminatedAtMs: null, ...size, tags, number };
    this.instances.set(id, made);
    return made;
  }

  find(id: string): LabInstance {
    const found = this.instances.get(id);
    if (found === undefined) throw new Error(`there is no instance ${id}`);
    return found;
  }

  record(deed: Deed): void {
    this.events.unshift(toEvent(deed, this.nowMs, this.lateMs));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { answer, call } = this.#take(request, body);
    const spoilt: SpoiltAnswer = (call && this.spoil(call, answer)) ?? {};
    const { status = answer.status, text = answer.text, type = answer.type } = spoilt;
    const { isCut = false, delayMs = 0, headers = {} } = spoilt;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    response.writeHead(status, {
      'content-type': type,
      date: new Date(this.nowMs).toUTCString(),
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    if (!isCut) response.end(text);
    else response.write(text.slice(0, text.length / 2), () => response.destroy());
  }

  #take({ headers }: IncomingMessage, body: string): { answer: Answer; call: LabCall | null } {
    const signed = signedBy(headers.authorization);
    const target = String(headers['x-amz-target'] ?? '');
    const service = signed?.service ?? 'sts';
    const parameters = new Map(target === '' ? new URLSearchParams(body) : []);
    const action = target === '' ? (parameters.get('Action') ?? '') : target.slice(target.lastIndexOf('.') + 1);
    const refused = (status: number, code: string, message?: string) => ({
      answer: refusal(service, status, code, message),
      call: null,
    });
    if (signed === null) return refused(403, 'MissingAuthenticationToken');
    const keys = this.#keysOf(signed.accessKeyId);
    if (keys === null || keys.token !== (headers['x-amz-security-token'] ?? null)) return refused(401, 'AuthFailure');
    const isSigned = signatureOf(signed, { headers, body, secret: keys.secret }) === signed.signature;
    if (!isSigned) return refused(403, 'SignatureDoesNotMatch', 'The request signature does not match');
    this.calls.set(action, (this.calls.get(action) ?? 0) + 1);
    if (Math.abs(dateOf(String(headers['x-amz-date'])) - this.nowMs) > MOST_SKEW_MS)
      return refused(403, 'SignatureDoesNotMatch', 'Signature expired: it is now later');
    if (this.isExpired || keys.endsAtMs < this.nowMs) return refused(400, 'ExpiredToken', 'The token has expired');
    const json_: unknown = target === '' ? {} : JSON.parse(body);
    const given = json_ as { NextToken?: string; StartTime?: number };
    const start = Number(given.NextToken ?? parameters.get('NextToken') ?? 0);
    const call: LabCall = { action, service, account: keys.account, region: signed.region, parameters, start };
    return { answer: this.#answer(call, given.StartTime ?? 0), call };
  }

  #keysOf(id: string): Keys | null {
    if (id !== this.accessKeyId) return this.#keys.get(id) ?? null;
    return { account: this.caller, secret: this.secretAccessKey, token: null, endsAtMs: Number.POSITIVE_INFINITY };
  }

  #answer(call: LabCall, since: number): Answer {
    const { action, service, account } = call;
    switch (action) {
      case 'GetCallerIdentity':
        return sts(
          action,
          `<Arn>arn:aws:iam::${account}:user/rollcall</Arn><UserId>AIDA</UserId><Account>${account}</Account>`,
        );
      case 'AssumeRole':
        return this.#assume(call);
      case 'ListAccounts': {
        const rows = [...this.accounts.values()].map(({ id, name, status }) => ({
          Id: id,
          Arn: `arn:aws:organizations::${this.caller}:account/o-lab/${id}`,
          Name: name,
          ...Object.fromEntries(this.stateFields.map((field) => [field, status])),
          JoinedMethod: 'CREATED',
        }));
        return this.#page(call, rows, (page, next) =>
          json(200, { Accounts: page, ...(next !== null && { NextToken: next }) }),
        );
      }
      case 'DescribeRegions':
        return ec2(
          action,
          list(
            'regionInfo',
            (this.accounts.get(account)?.regions ?? []).map(
              (region) =>
                `<regionName>${region}</regionName><regionEndpoint>ec2.${region}.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus>`,
            ),
          ),
        );
      case 'DescribeInstances':
        return this.#describe(call);
      case 'DescribeVolumes': {
        const rows = this.#of(call).filter(({ state }) => state !== 'terminated');
        return this.#page(call, rows.map(volumeOf), (page, next) => ec2(action, list('volumeSet', page) + token(next)));
      }
      case 'DescribeInstanceTypes':
        return ec2(action, list('instanceTypeSet', this.#named(call, 'InstanceType').map(instanceTypeOf)));
      case 'DescribeImages':
        return ec2(
          action,
          list(
            'imagesSet',
            this.#named(call, 'Filter.1.Value').map((id) => `<imageId>${id}</imageId><name>debian-12</name>`),
          ),
        );
      case 'LookupEvents': {
        const rows = this.events.filter(
          (one) =>
            one.account === account &&
            one.region === call.region &&
            one.atMs >= since * 1_000 &&
            one.toldAtMs <= this.nowMs,
        );
        return this.#page(call, rows.map(eventRow), (page, next) =>
          json(200, { Events: page, ...(next !== null && { NextToken: next }) }),
        );
      }
      default:
        return refusal(service, 400, 'InvalidAction');
    }
  }

  #assume({ parameters }: LabCall): Answer {
    const [, id = '', role = ''] = /^arn:aws:iam::(\d{12}):role\/(.+)$/.exec(parameters.get('RoleArn') ?? '') ?? [];
    const found = this.accounts.get(id);
    if (found === undefined || found.role !== role)
      return refusal('sts', 403, 'AccessDenied', `User is not authorized to perform: sts:AssumeRole on ${id}`);
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const keys = { account: id, secret: randomBytes(30).toString('base64'), token: randomBytes(60).toString('base64') };
    this.#keys.set(accessKeyId, { ...keys, endsAtMs: this.nowMs + HOUR_MS });
    this.secrets.push(keys.secret, keys.token);
    return sts(
      'AssumeRole',
      `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${keys.secret}</SecretAccessKey>` +
        `<SessionToken>${keys.token}</SessionToken><Expiration>${new Date(this.nowMs + HOUR_MS).toISOString().slice(0, 19)}Z</Expiration></Credentials>` +
        `<AssumedRoleUser><AssumedRoleId>AROA:rollcall</AssumedRoleId><Arn>arn:aws:sts::${id}:assumed-role/${role}/rollcall</Arn></AssumedRoleUser>`,
    );
  }

  #describe(call: LabCall): Answer {
    const ids = this.#named(call, 'InstanceId');
    const rows = this.#of(call).filter(({ id }) => ids.length === 0 || ids.includes(id));
    const missing = ids.find((id) => !rows.some((row) => row.id === id));
    if (missing !== undefined)
      return refusal('ec2', 400, 'InvalidInstanceID.NotFound', `The instance ID '${missing}' does not exist`);
    return this.#page(call, rows.map(reservationOf), (page, next) =>
      ec2('DescribeInstances', list('reservationSet', page) + token(next)),
    );
  }

  /** Those of a place; one that is terminated is listed for an hour. */
  #of({ account, region }: LabCall): LabInstance[] {
    return [...this.instances.values()].filter(
      (row) =>
        row.account === account &&
        row.region === region &&
        (row.terminatedAtMs === null || row.terminatedAtMs > this.nowMs - HOUR_MS),
    );
  }

  #named({ parameters }: LabCall, name: string): string[] {
    return [...parameters].flatMap(([key, value]) => (key.startsWith(`${name}.`) ? [value] : []));
  }

  #page<T>({ start }: LabCall, rows: readonly T[], answer: (page: T[], next: string | null) => Answer): Answer {
    const end = start + this.pageSize;
    return answer(rows.slice(start, end), end < rows.length ? String(end) : null);
  }
}
