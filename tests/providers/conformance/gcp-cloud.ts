import { randomInt, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from '../../helpers/certificate.ts';

export interface CloudInstance {
  id: string;
  name: string;
  project: string;
  zone: string;
  machineType: string;
  status: 'RUNNING' | 'TERMINATED';
  labels: Record<string, string>;
  address: string;
  created: string;
}

/** What spoils an answer: gets its path with the query, its text and the project; null for what stays as it is. */
export type Spoil = (target: string, text: string) => SpoiltAnswer | null;
export interface SpoiltAnswer {
  status?: number;
  text: string;
  isCut?: boolean;
  delayMs?: number;
  headers?: Readonly<Record<string, string>>;
}

interface Answer {
  status: number;
  text: string;
}

const STARTUP_SCRIPT = 'echo the-password-of-the-startup-script | chpasswd';
const COMPUTE = 'https://www.googleapis.com/compute/v1';
/** Name, cores, MiB. */
const TYPES: Readonly<Record<string, readonly [number, number]>> = {
  'e2-small': [2, 2_048],
  'n2-standard-4': [4, 16_384],
};

/**
 * Answers the read calls of Compute Engine, Cloud Logging and the Resource Manager in the shapes of the vendor's discovery documents
 * and of recorded answers, with every field of theirs that a client could trip over; pages are small.
 */
export class Cloud {
  readonly token = `ya29.${randomUUID()}`;
  readonly secrets = [this.token, STARTUP_SCRIPT];
  readonly zones = ['europe-west1-b', 'us-central1-a'];
  /** Numbers by project. */
  readonly projects = new Map([
    ['shop-prod', '415104041262'],
    ['shop-test', '902113345567'],
  ]);
  readonly instances = new Map<string, CloudInstance>();
  readonly entries: object[] = [];
  /** Requests by what they ask for. */
  readonly calls = new Map<string, number>();
  spoil: Spoil = () => null;
  /** The platform's clock minus the true time. */
  skewMs = 0;
  /** Rows in a page. */
  pageSize = 2;
  /** Whether a bearer may ask; by default the token. */
  takes = (bearer: string): boolean => bearer === this.token;
  readonly #clock: () => Date;
  #server: Server | null = null;
  #lastId = 513_480_616_758_239_000n;
  url = '';
  fingerprint = '';

  /** The true time. */
  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const { key, pem, fingerprint } = await makeCertificate({ host: 'localhost' });
    this.fingerprint = fingerprint;
    const server = createServer({ key, cert: pem }, (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const target = request.url ?? '';
        const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
        const told = this.takes(bearer)
          ? this.#answer(target, body)
          : refusal(401, 'UNAUTHENTICATED', 'Invalid Credentials');
        const spoilt = this.spoil(target, told.text);
        const { status = told.status, text, isCut = false, delayMs = 0, headers = {} }: SpoiltAnswer = spoilt ?? told;
        setTimeout(() => {
          response.writeHead(status, {
            'content-type': 'application/json; charset=UTF-8',
            date: this.#now().toUTCString(),
            'content-length': Buffer.byteLength(text),
            ...headers,
          });
          if (!isCut) response.end(text);
          else response.write(text.slice(0, text.length / 2), () => response.destroy());
        }, delayMs);
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

  create(
    actor: string,
    name: string,
    { project = 'shop-prod', zone = 'us-central1-a' }: { project?: string; zone?: string } = {},
  ): CloudInstance {
    this.#lastId += BigInt(randomInt(1, 1_000));
    const id = String(this.#lastId);
    const address = `10.128.0.${(this.instances.size % 250) + 2}`;
    const created = this.#now().toISOString();
    const state = { machineType: 'e2-small', status: 'TERMINATED', labels: {}, address, created } as const;
    const made: CloudInstance = { id, name, project, zone, ...state };
    this.instances.set(id, made);
    this.log(actor, made, 'v1.compute.instances.insert');
    return made;
  }

  find(id: string): CloudInstance {
    const found = this.instances.get(id);
    if (found === undefined) throw new Error(`there is no instance ${id}`);
    return found;
  }

  /** A call that takes a while has two entries: its begin and its end. */
  log(
    actor: string,
    { id, name, project, zone }: CloudInstance,
    method: string,
    request: object = {},
    outcome: 'ok' | 'failed' = 'ok',
  ): void {
    const operation = `operation-${randomUUID()}`;
    const entry = (part: 'first' | 'last') => ({
      insertId: randomUUID().slice(0, 12),
      logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Factivity`,
      timestamp: this.#now().toISOString(),
      receiveTimestamp: this.#now().toISOString(),
      severity: 'NOTICE',
      operation: { id: operation, producer: 'compute.googleapis.com', [part]: true },
      resource: { type: 'gce_instance', labels: { instance_id: id, project_id: project, zone } },
      protoPayload: {
        '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
        serviceName: 'compute.googleapis.com',
        methodName: method,
        resourceName: `projects/${project}/zones/${zone}/instances/${name}`,
        authenticationInfo: { principalEmail: actor },
        ...(part === 'last' && outcome === 'failed' && { status: { code: 8, message: 'QUOTA_EXCEEDED' } }),
        requestMetadata: { callerIp: '192.0.2.7', callerSuppliedUserAgent: 'google-cloud-sdk' },
        request:
          part === 'first'
            ? { '@type': 'type.googleapis.com/compute.instances', ...request, secret: STARTUP_SCRIPT }
            : {},
      },
    });
    this.entries.push(entry('first'), entry('last'));
  }

  #now(): Date {
    return new Date(this.#clock().getTime() + this.skewMs);
  }

  #count(what: string): void {
    this.calls.set(what, (this.calls.get(what) ?? 0) + 1);
  }

  #answer(target: string, body: string): Answer {
    const url = new URL(target, 'https://localhost');
    const path = url.pathname;
    if (path === '/v2/entries:list') return this.#logged(JSON.parse(body) as LogQuestion);
    if (path === '/v3/projects') return this.#below(url);
    if (path === '/v3/folders') {
      const isRoot = url.searchParams.get('parent') === 'folders/1';
      return json({ folders: isRoot ? [{ name: 'folders/2', parent: 'folders/1', state: 'ACTIVE' }] : [] });
    }
    const [, project = '', rest = ''] = /^\/compute\/v1\/projects\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const number = this.projects.get(project);
    if (number === undefined) return refusal(404, 'notFound', `The resource 'projects/${project}' was not found`);
    const [, zone = '', kind = '', name = ''] =
      /^\/zones\/([^/]+)\/(instances|machineTypes)\/([^/]+)$/.exec(rest) ?? [];
    if (rest === '') {
      this.#count('project');
      return json({
        kind: 'compute#project',
        id: number,
        name: project,
        commonInstanceMetadata: { items: [{ key: 'x', value: STARTUP_SCRIPT }] },
      });
    }
    if (rest === '/aggregated/instances') return this.#aggregated(project, url);
    if (kind === 'machineTypes') {
      this.#count('machine type');
      const size = TYPES[name];
      if (size === undefined) return refusal(404, 'notFound', `The resource '${path}' was not found`);
      return json({ kind: 'compute#machineType', id: '334004', name, guestCpus: size[0], memoryMb: size[1], zone });
    }
    const found = kind === 'instances' ? this.instances.get(name) : undefined;
    if (found?.project === project && found.zone === zone) return json(instanceOf(found));
    return refusal(404, 'notFound', `The resource '${path}' was not found`);
  }

  #below(url: URL): Answer {
    this.#count('projects below a folder');
    const names = [...this.projects.keys()];
    const own = url.searchParams.get('parent') === 'folders/1' ? names.slice(0, 1) : names.slice(1);
    return json({
      projects: own.map((projectId) => ({
        name: `projects/${this.projects.get(projectId) ?? ''}`,
        parent: url.searchParams.get('parent'),
        projectId,
        state: 'ACTIVE',
      })),
    });
  }

  #aggregated(project: string, url: URL): Answer {
    this.#count('instances');
    const begin = Number(url.searchParams.get('pageToken') ?? 0);
    const rows = [...this.instances.values()].filter((one) => one.project === project);
    const page = rows.slice(begin, begin + this.pageSize);
    const next = begin + this.pageSize;
    const items = this.zones.map((zone) => {
      const instances = page.filter((one) => one.zone === zone).map(instanceOf);
      const scope = `zones/${zone}`;
      const warning = {
        code: 'NO_RESULTS_ON_PAGE',
        message: `There are no results for scope '${scope}' on this page.`,
        data: [{ key: 'scope', value: scope }],
      };
      return [scope, instances.length > 0 ? { instances } : { warning }] as const;
    });
    return json({
      kind: 'compute#instanceAggregatedList',
      id: `projects/${project}/aggregated/instances`,
      items: Object.fromEntries(items),
      selfLink: `${COMPUTE}/projects/${project}/aggregated/instances`,
      ...(next < rows.length && { nextPageToken: String(next) }),
    });
  }

  #logged({ resourceNames, filter, pageSize, pageToken = '0' }: LogQuestion): Answer {
    this.#count('log');
    const since = /timestamp>="([^"]+)"/.exec(filter)?.[1] ?? '';
    const found = this.entries.filter((entry) => {
      const { logName, timestamp } = entry as { logName: string; timestamp: string };
      return timestamp >= since && resourceNames.some((name) => logName.startsWith(`${name}/`));
    });
    const begin = Number(pageToken);
    const next = begin + pageSize;
    return json({
      entries: found.slice(begin, next),
      ...(next < found.length && { nextPageToken: String(next) }),
    });
  }
}

interface LogQuestion {
  resourceNames: readonly string[];
  filter: string;
  pageSize: number;
  pageToken?: string;
}

function json(body: unknown): Answer {
  return { status: 200, text: JSON.stringify(body) };
}

function refusal(code: number, reason: string, message: string): Answer {
  const error = { code, message, status: reason, errors: [{ message, domain: 'global', reason }] };
  return { status: code, text: JSON.stringify({ error }) };
}

function instanceOf({ id, name, project, zone, machineType, status, labels, address, created }: CloudInstance) {
  const base = `${COMPUTE}/projects/${project}`;
  return {
    kind: 'compute#instance',
    id,
    creationTimestamp: created,
    name,
    description: '',
    tags: { items: ['http-server'], fingerprint: '42WmSpB8rSM=' },
    machineType: `${base}/zones/${zone}/machineTypes/${machineType}`,
    status,
    zone: `${base}/zones/${zone}`,
    canIpForward: false,
    networkInterfaces: [
      {
        network: `${base}/global/networks/default`,
        subnetwork: `${base}/regions/${zone.slice(0, -2)}/subnetworks/default`,
        networkIP: address,
        name: 'nic0',
        accessConfigs: [
          {
            type: 'ONE_TO_ONE_NAT',
            name: 'External NAT',
            ...(status === 'RUNNING' && { natIP: `198.51.100.${address.split('.')[3] ?? '1'}` }),
            networkTier: 'PREMIUM',
            kind: 'compute#accessConfig',
          },
        ],
        kind: 'compute#networkInterface',
      },
    ],
    disks: [
      {
        type: 'PERSISTENT',
        mode: 'READ_WRITE',
        source: `${base}/zones/${zone}/disks/${name}`,
        deviceName: name,
        index: 0,
        boot: true,
        autoDelete: true,
        licenses: [`${COMPUTE}/projects/debian-cloud/global/licenses/debian-12-bookworm`],
        interface: 'SCSI',
        diskSizeGb: '10',
        kind: 'compute#attachedDisk',
      },
    ],
    metadata: { fingerprint: 'x', items: [{ key: 'startup-script', value: STARTUP_SCRIPT }], kind: 'compute#metadata' },
    serviceAccounts: [{ email: '415104041262-compute@developer.gserviceaccount.com', scopes: [] }],
    selfLink: `${base}/zones/${zone}/instances/${name}`,
    scheduling: { onHostMaintenance: 'MIGRATE', automaticRestart: true, preemptible: false },
    cpuPlatform: status === 'RUNNING' ? 'Intel Broadwell' : 'Unknown CPU Platform',
    labels,
    labelFingerprint: '42WmSpB8rSM=',
    startRestricted: false,
    deletionProtection: false,
  };
}

/** MiB of a type of machine. */
export function memoryOf(machineType: string): number {
  return TYPES[machineType]?.[1] ?? Number(/(\d+)$/.exec(machineType)?.[1] ?? 0);
}
