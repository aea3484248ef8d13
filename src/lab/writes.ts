import type { ApiRequest } from './dispatch.ts';

/** A request that was not GET, as it came in. */
export interface LabWrite {
  /** Epoch milliseconds by the lab's clock: when it came. */
  at: number;
  method: string;
  /** Without its query and `/api2/json`. */
  path: string;
  /** Of the query and the body. */
  parameters: Readonly<Record<string, string>>;
  /** Whom it claims to come from: `alice@pve!token`; empty: it does not say. */
  authid: string;
  /** The node that got it. */
  listener: string;
  /** The node of its path. */
  node: string | null;
  /** It asks for a ticket, and changes nothing. */
  isLogin: boolean;
  /** When the server acted on it, or refused it; null: it has not, and maybe never will. */
  handledAt: number | null;
  /** What the server answered, whether that arrived or not; 0: see `handledAt`. */
  status: number;
  /** Of the task that it made. */
  upid: string | null;
}

export function writeOf(request: ApiRequest, listener: string, at: number): LabWrite {
  const { method, path, parameters, credentials } = request;
  const isLogin = path === '/access/ticket';
  return {
    at,
    method,
    path,
    parameters,
    listener,
    isLogin,
    authid: isLogin ? (parameters['username'] ?? '') : claimed(credentials),
    node: /^\/nodes\/([^/]+)/.exec(path)?.[1] ?? null,
    handledAt: null,
    status: 0,
    upid: null,
  };
}

function claimed({ authorization = '', cookie = '' }: ApiRequest['credentials']): string {
  const token = /^PVEAPIToken[= ]([^=]+)=/.exec(authorization)?.[1];
  if (token !== undefined) return token;
  const ticket = /PVEAuthCookie=([^;]*)/.exec(`${cookie};${authorization}`)?.[1] ?? '';
  return decodeURIComponent(ticket).split(':')[1] ?? '';
}

/** How the server dealt with it. */
export function noteHandled(
  write: LabWrite | null,
  { at, status, data }: { at: number; status: number; data: unknown },
): void {
  if (write === null) return;
  write.handledAt = at;
  write.status = status;
  write.upid = typeof data === 'string' && data.startsWith('UPID:') ? data : null;
}
