import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { makeCertificate } from '../../helpers/certificate.ts';
import {
  addressRow,
  diskRow,
  eventRow,
  interfaceRow,
  machineRow,
  setRow,
  sizeRow,
  statusRow,
  subscriptionRow,
} from './azure-answers.ts';
import { type Cloud, type CloudMachine, idOf, setIdOf } from './azure-cloud.ts';
import { CloudLogin, json, type Told } from './azure-login.ts';

export type SpoiltTold = Told & { isCut?: boolean; delayMs?: number };
/** What spoils an answer: gets what is asked for, and what would be answered; null for what stays as it is. */
export type SpoilAnswer = (target: string, told: Told) => SpoiltTold | null;

/** Of the activity log. */
const EVENTS_PER_PAGE = 50;
const KEPT_MS = 90 * 24 * 3_600_000;

/** Azure Resource Manager and its login at one host, in front of a cloud. */
export class AzureLab {
  readonly login = new CloudLogin();
  spoil: SpoilAnswer = () => null;
  /** Rows of a page of any list but the log. */
  pageSize = 2;
  /** Paths with their queries, and each page by itself. */
  readonly requests: string[] = [];
  url = '';
  fingerprint = '';
  readonly #cloud: Cloud;
  readonly #now: () => Date;
  #server: Server | null = null;

  /** `now`: by the clock of the platform. */
  constructor(cloud: Cloud, now: () => Date) {
    this.#cloud = cloud;
    this.#now = now;
  }

  async start(): Promise<void> {
    const { key, pem, fingerprint } = await makeCertificate({ host: 'localhost' });
    this.fingerprint = fingerprint;
    const server = createServer({ key, cert: pem }, (request, response) => {
      void readAll(request).then((body) => {
        const target = request.url ?? '';
        this.requests.push(target);
        const told = this.#answer({ method: request.method ?? '', target, body }, request.headers);
        const spoilt: SpoiltTold = this.spoil(decodeURIComponent(target), told) ?? told;
        setTimeout(() => {
          const { status, text, headers = {}, isCut = false } = spoilt;
          response.writeHead(status, {
            'content-type': 'application/json; charset=utf-8',
            date: this.#now().toUTCString(),
            'content-length': Buffer.byteLength(text),
            'x-ms-ratelimit-remaining-subscription-reads': '249',
            ...headers,
          });
          if (!isCut) response.end(text);
          else response.write(text.slice(0, text.length / 2), () => response.destroy());
        }, spoilt.delayMs ?? 0);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  #answer(
    request: { method: string; target: string; body: string },
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): Told {
    const given = this.login.answer(request, { metadata: textOf(headers['metadata']), origin: this.url });
    if (given !== null) return given;
    if (!this.login.isGood(textOf(headers['authorization'])))
      return problem(
        401,
        'ExpiredAuthenticationToken',
        'The access token expiry UTC time is earlier than current UTC time.',
      );
    const url = new URL(request.target, this.url);
    if (!url.searchParams.has('api-version'))
      return problem(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
    if (url.pathname === '/subscriptions') return this.#page(url, this.#cloud.subscriptions.map(subscriptionRow));
    const [, id = '', rest = ''] = /^\/subscriptions\/([^/]+)\/(.+)$/.exec(url.pathname.toLowerCase()) ?? [];
    if (!this.#cloud.subscriptions.some((one) => one.id === id))
      return problem(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
    return this.#ofSubscription(url, id, rest);
  }

  /** `rest`: what follows the subscription, in lower case: the API has no case. */
  #ofSubscription(url: URL, id: string, rest: string): Told {
    const { sets } = this.#cloud;
    const all = [...this.#cloud.machines.values()].filter(({ subscription }) => subscription === id);
    const own = all.filter(({ instance }) => instance === undefined);
    const status = url.searchParams.get('statusOnly') === 'true';
    switch (rest) {
      case 'providers/microsoft.compute/virtualmachines':
        return this.#page(url, status ? own.map(statusRow) : own.map(machineRow));
      case 'providers/microsoft.compute/virtualmachinescalesets':
        return this.#page(url, sets.filter(({ subscription }) => subscription === id).map(setRow));
      case 'providers/microsoft.compute/disks':
        return this.#page(url, all.map(diskRow));
      case 'providers/microsoft.network/networkinterfaces':
        return this.#page(url, own.map(interfaceRow));
      case 'providers/microsoft.network/publicipaddresses':
        return this.#page(url, own.map(addressRow));
      case 'providers/microsoft.insights/eventtypes/management/values':
        return this.#events(url, id);
    }
    if (/^providers\/microsoft\.compute\/locations\/[a-z0-9]+\/vmsizes$/.test(rest)) {
      const memories = new Set([...this.#cloud.machines.values()].map(({ memoryMiB }) => memoryMiB));
      return json(200, { value: [...memories].map(sizeRow) });
    }
    return this.#byId(url, all);
  }

  #byId(url: URL, all: readonly CloudMachine[]): Told {
    const path = url.pathname.toLowerCase();
    const machine = all.find((one) => idOf(one).toLowerCase() === path);
    if (machine !== undefined) return json(200, machineRow(machine));
    const set = this.#cloud.sets.find((one) => path.startsWith(`${setIdOf(one).toLowerCase()}/`));
    const instances = all.filter(({ instance }) => instance?.set === set?.name && instance !== undefined);
    if (set !== undefined && path.endsWith('/virtualmachines')) return this.#page(url, instances.map(machineRow));
    if (set !== undefined && path.endsWith('/networkinterfaces')) return this.#page(url, instances.map(interfaceRow));
    if (set !== undefined && path.endsWith('/publicipaddresses')) return this.#page(url, instances.map(addressRow));
    return problem(404, 'ResourceNotFound', `The Resource '${url.pathname}' was not found.`);
  }

  #events(url: URL, id: string): Told {
    const filter = url.searchParams.get('$filter') ?? '';
    const [, since = ''] = /eventTimestamp ge '([^']+)'/.exec(filter) ?? [];
    const [, provider = ''] = /resourceProvider eq '([^']+)'/.exec(filter) ?? [];
    const from = Date.parse(since);
    if (!(this.#now().getTime() - from < KEPT_MS))
      return problem(400, 'BadRequest', 'The start time cannot be more than 90 days in the past.');
    const select = url.searchParams.get('$select');
    const fields = select === null ? null : new Set(select.split(','));
    const found = this.#cloud.events
      .filter(({ resource }) => resource.startsWith(`/subscriptions/${id}/`))
      .filter(({ operation, at }) => operation.startsWith(`${provider}/`) && at.getTime() >= from)
      // Newest first, as the log is.
      .toReversed();
    return this.#page(
      url,
      found.map((event) => eventRow(event, fields)),
      EVENTS_PER_PAGE,
    );
  }

  #page(url: URL, rows: readonly unknown[], size = this.pageSize): Told {
    const at = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(at + size));
    const isLast = at + size >= rows.length;
    return json(200, { value: rows.slice(at, at + size), ...(!isLast && { nextLink: next.href }) });
  }
}

export function problem(status: number, code: string, message: string, headers: Record<string, string> = {}): Told {
  return json(status, { error: { code, message } }, headers);
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
