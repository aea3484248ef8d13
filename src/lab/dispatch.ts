import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import type { Cluster, Reach } from './cluster.ts';
import type { LabNode } from './model.ts';
import { type Call, checkParameters, nodeOf, Page, type Route, Router } from './router.ts';
import { ROUTES } from './routes/all.ts';
import type { Tickets } from './tickets.ts';

export interface ApiRequest {
  method: string;
  /** Without `/api2/json`. */
  path: string;
  parameters: Readonly<Record<string, string>>;
  repeated: ReadonlySet<string>;
  credentials: Credentials;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE']);

export interface DispatcherOptions {
  cluster: Cluster;
  tickets: Tickets;
  /** How long a call to a frozen node hangs before pveproxy gives up; 30 s on a real server. */
  frozenDelayMs: number;
}

interface Admitted {
  call: Call;
  route: Route;
  hop: Reach | null;
}

/** Answers one request: door, path, rights, way to the node, parameters, handler, in the order of a real server. */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly router: Router;

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.router = new Router(ROUTES, options.cluster.release);
  }

  /** `local` is the node whose pveproxy got the request. */
  async answer(request: ApiRequest, local: LabNode): Promise<Page> {
    const { cluster } = this.options;
    cluster.agenda.settle();
    await requirePmxcfs(local);
    const { call, route, hop } = cluster.answeringAs(local, () => this.admit(request));
    if (hop !== null) await this.passOn(hop);
    if (hop === 'ok') await requirePmxcfs(cluster.answeringAs(local, () => nodeOf(call)));
    return cluster.answeringAs(local, () => this.handle(call, route, request));
  }

  /** What is taken without anybody waiting for the answer. Throws the ApiError that it would have been. */
  answerNow(request: ApiRequest, local: LabNode): Page {
    return this.options.cluster.answeringAs(local, () => {
      const { call, route, hop } = this.admit(request);
      if (hop !== null && hop !== 'ok') throw new ApiError(595, 'No route to host', { hasBody: false });
      return this.handle(call, route, request);
    });
  }

  private handle(call: Call, route: Route, request: ApiRequest): Page {
    call.cluster.agenda.settle();
    checkParameters(call, route, request.repeated);
    return toPage(route, call);
  }

  /** Who asks, what for, and the way there: null for what the answering node knows itself. */
  private admit(request: ApiRequest): Admitted {
    const { cluster, tickets } = this.options;
    if (!METHODS.has(request.method)) {
      throw new ApiError(501, `method '${request.method}' not available`, { hasBody: false });
    }
    const path = withoutLastSlashes(request.path);
    const isOpen = path === '/access/ticket';
    const by = isOpen ? '' : authenticate(cluster, tickets, request.method, request.credentials);
    const { route, pathParameters } = this.router.match(request.method, path);
    const parameters = { ...request.parameters, ...pathParameters };
    const call: Call = { cluster, tickets, by, parameters };
    route.allow?.(call);
    const isPassedOn = pathParameters['node'] !== undefined && route.isLocal !== true;
    return { call, route, hop: isPassedOn ? cluster.reach(nodeOf(call)) : null };
  }

  private async passOn(reach: Reach): Promise<void> {
    if (reach === 'down') throw new ApiError(595, 'No route to host', { hasBody: false });
    if (reach === 'ok') return;
    await sleep(this.options.frozenDelayMs);
    throw new ApiError(596, 'Connection timed out', { hasBody: false });
  }
}

/** As seen on 9.2.11: the rights cannot be read, so nothing is answered. */
async function requirePmxcfs({ withoutPmxcfsMs }: LabNode): Promise<void> {
  if (withoutPmxcfsMs === null) return;
  const delayMs = withoutPmxcfsMs.length > 1 ? withoutPmxcfsMs.shift() : withoutPmxcfsMs[0];
  await sleep(delayMs ?? 0);
  const reason = 'RPCEnvironment init request failed: Unable to load access control list: Connection refused';
  throw new ApiError(500, reason, { hasBody: false });
}

function toPage(route: Route, call: Call): Page {
  const data = route.handle(call);
  return data instanceof Page ? data : new Page(data, 0);
}

function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
