import { RollcallApi } from '../../../src/client/api.ts';
import { environmentOf, type Fetch } from '../../../src/client/environment.ts';
import { Http, type QueryValue } from '../../../src/client/http.ts';
import { SERVER_URL } from './base.ts';

export { RollcallError } from '../../../src/client/rollcall-error.ts';

type Query = Readonly<Record<string, QueryValue>>;
type Method = 'POST' | 'PATCH' | 'DELETE';

let csrfToken: string | null = null;

/** The token that the session gave; sent with everything that writes. */
export function keepCsrfToken(token: string | null): void {
  csrfToken = token;
}

export const pageFetch: Fetch = (url, { headers, ...init }) => {
  // One that the client has asked for, since the server refused this one, is newer.
  const own = init.method === 'GET' || csrfToken === null ? headers : { 'x-rollcall-csrf': csrfToken, ...headers };
  return fetch(url, { ...init, headers: own });
};

const http = new Http({ url: SERVER_URL }, environmentOf({ fetch: pageFetch }));

/** The calls that other programs make, too. */
export const api = new RollcallApi(http);

/** Throws RollcallError. */
export async function get<T>(path: string, query: Query = {}): Promise<T> {
  return http.call<T>(path, { query });
}

/** Throws RollcallError. */
export async function write<T>(method: Method, path: string, body?: unknown): Promise<T> {
  return http.call<T>(path, { method, ...(body !== undefined && { body }) });
}
