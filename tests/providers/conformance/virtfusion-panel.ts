import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from '../../helpers/certificate.ts';

export interface PanelServer {
  id: number;
  uuid: string;
  name: string;
  hypervisorId: number;
  memory: number;
  /** What libvirt says of its domain. */
  state: string;
}

/** What spoils an answer: gets its path and text; null for what stays as it is. */
export type Spoil = (path: string, text: string) => SpoiltAnswer | null;
export interface SpoiltAnswer {
  status?: number;
  text: string;
  /** The connection ends in the middle. */
  isCut?: boolean;
  delayMs?: number;
  /** Seconds until it may be asked again. */
  retryAfter?: number;
}

const CREATED = '2024-03-12T22:21:32+00:00';
/** As in the examples of the vendor's description, where these two are what must not be kept. */
const ENCRYPTED_PASSWORD = 'eyJpdiI6IkNtT0ZmUEQ4Q2ZuNW5yUWVXZUcvWWc9PSIsInZhbHVlIjoibHJm';
const ENCRYPTED_TOKEN = 'eyJpdiI6Ik1Ua29ZSGp0QThxWVZhellzL2VTU3c9PSIsInZhbHVlIjoiNzc1eGdM';
const USER_DATA = 'echo the-password-of-user-data | chpasswd';

/**
 * A control panel that answers the read calls as the examples of the vendor's description do (openapi.yaml), with every field of
 * theirs that a client could trip over.
 */
export class Panel {
  readonly token = randomUUID();
  readonly secrets = [this.token, ENCRYPTED_PASSWORD, ENCRYPTED_TOKEN, USER_DATA];
  readonly hypervisors = [
    { id: 1, name: 'PHV 1 (RED)' },
    { id: 2, name: 'PHV 2 (BLUE)' },
  ];
  readonly servers = new Map<number, PanelServer>();
  /** When its first group of hypervisors was made. */
  created = CREATED;
  spoil: Spoil = () => null;
  /** Calls to hypervisors for power states, and how many there were at once. */
  readonly live = { calls: 0, now: 0, most: 0 };
  readonly #clock: () => Date;
  #lastId = 0;
  #server: Server | null = null;
  url = '';
  fingerprint = '';

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const { key, pem, fingerprint } = await makeCertificate({ host: 'localhost' });
    this.fingerprint = fingerprint;
    const server = createServer({ key, cert: pem }, (request, response) => {
      const told = this.#answer(request.url ?? '', request.headers.authorization);
      const isLive = request.url?.includes('remoteState=true') === true;
      if (isLive) {
        this.live.calls += 1;
        this.live.now += 1;
        this.live.most = Math.max(this.live.most, this.live.now);
        response.once('close', () => (this.live.now -= 1));
      }
      const path = (request.url ?? '').replace(/^\/api\/v1/, '');
      const spoilt = this.spoil(path, told.text);
      const answer: SpoiltAnswer = spoilt ?? told;
      const { status = told.status, text, isCut = false, delayMs = 0, retryAfter } = answer;
      setTimeout(() => {
        if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
        response.writeHead(status, {
          'content-type': 'application/json',
          date: this.#clock().toUTCString(),
          'content-length': Buffer.byteLength(text),
        });
        if (!isCut) response.end(text);
        else response.write(text.slice(0, text.length / 2), () => response.destroy());
      }, delayMs);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
  }

  create(name: string): PanelServer {
    const server = { id: ++this.#lastId, uuid: randomUUID(), name, hypervisorId: 1, memory: 1024, state: 'running' };
    this.servers.set(server.id, server);
    return server;
  }

  find(uuid: string): PanelServer {
    const found = [...this.servers.values()].find((server) => server.uuid === uuid);
    if (found === undefined) throw new Error(`there is no server ${uuid}`);
    return found;
  }

  #answer(target: string, authorization: string | undefined): { status: number; text: string } {
    const url = new URL(target, 'https://localhost');
    if (authorization !== `Bearer ${this.token}`) return json(401, { message: 'Unauthenticated.' });
    const path = url.pathname.replace(/^\/api\/v1/, '');
    const [, id] = /^\/servers\/(\d+)$/.exec(path) ?? [];
    if (path === '/connect') return json(200, { success: true });
    if (path === '/servers') return this.#page(url, [...this.servers.values()].map(rowOf));
    if (path === '/compute/hypervisors')
      return this.#page(
        url,
        this.hypervisors.map((one) => hypervisorOf(one, this.created)),
      );
    const server = this.servers.get(Number(id));
    if (id !== undefined && server !== undefined) {
      const isLive = url.searchParams.get('remoteState') === 'true';
      return json(200, {
        data: { ...detailsOf(server, this.created), remoteState: isLive && { state: server.state } },
      });
    }
    return json(404, { msg: 'server not found' });
  }

  #page(url: URL, rows: readonly unknown[]): { status: number; text: string } {
    const size = Math.min(Number(url.searchParams.get('results') ?? 20), 200);
    const page = Number(url.searchParams.get('page') ?? 1);
    const last = Math.max(1, Math.ceil(rows.length / size));
    const path = `${this.url}/api/v1${url.pathname}`;
    return json(200, {
      current_page: page,
      data: rows.slice((page - 1) * size, page * size),
      first_page_url: `${path}?page=1`,
      from: 1,
      last_page: last,
      next_page_url: page < last ? `${path}?page=${page + 1}` : null,
      path,
      per_page: size,
      total: rows.length,
    });
  }
}

function json(status: number, body: unknown): { status: number; text: string } {
  return { status, text: JSON.stringify(body) };
}

function rowOf({ id, uuid, name, hypervisorId }: PanelServer) {
  const state = { commissioned: 3, owner: 1, suspended: false, protected: false };
  return { id, uuid, name, ...state, hypervisorId, updated: CREATED, created: CREATED };
}

function detailsOf({ id, uuid, name, hypervisorId, memory }: PanelServer, created: string) {
  const mac = `00:E7:FB:01:87:${id.toString(16).padStart(2, '0').toUpperCase()}`;
  return {
    id,
    ownerId: 1,
    hypervisorId,
    arch: 1,
    name,
    hostname: null,
    commissionStatus: 3,
    uuid,
    state: 'complete',
    suspended: false,
    protected: false,
    created: CREATED,
    updated: CREATED,
    settings: {
      osTemplateInstall: true,
      encryptedPassword: ENCRYPTED_PASSWORD,
      config: { 'cloud.init': { 'on.all': { 'user.data': { runcmd: [USER_DATA] } } } },
      resources: { memory, storage: 11, traffic: 20000, cpuCores: 2 },
    },
    cpu: { cores: 2, type: 'inherit', typeExact: 'host-model', shares: 1024, throttle: 0 },
    vnc: { ip: '192.168.4.2', port: 5903, enabled: false },
    network: {
      interfaces: [
        {
          id,
          order: 1,
          enabled: true,
          name: 'ens3',
          type: 'public',
          mac,
          vlans: [],
          ipv4: [{ id, order: 1, enabled: true, address: `192.168.4.${id}`, gateway: '192.168.4.1' }],
          ipv6: [{ id, addresses: [], addressesDetailed: [], subnet: '2001:db8:abcd:12:2::', cidr: 80 }],
        },
      ],
      secondaryInterfaces: [],
    },
    storage: [{ _id: id, id: 1, capacity: 11, drive: 'a', type: 'qcow2', status: 3, enabled: true, primary: true }],
    hypervisor: { id: hypervisorId, ip: '192.168.4.2', created },
    owner: { id: 1, admin: true, name: 'Jon Doe', email: 'jon@doe.com' },
    remoteState: false,
  };
}

function hypervisorOf({ id, name }: { id: number; name: string }, created: string) {
  return {
    id,
    commissioned: 3,
    ip: `192.168.4.${200 + id}`,
    hostname: null,
    name,
    maintenance: false,
    enabled: true,
    group: { id: 1, name: 'Default', default: true, enabled: true, created, updated: created },
    encryptedToken: ENCRYPTED_TOKEN,
    maxServers: 0,
    maxCpu: 28,
    maxMemory: 10000,
    networks: [],
    storage: [],
    created: CREATED,
    updated: CREATED,
  };
}
