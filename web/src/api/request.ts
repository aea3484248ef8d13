import { apiUrl } from './base.ts';

/** What the server said (RFC 9457), or that it could not be reached (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;
type Method = 'POST' | 'PATCH' | 'DELETE';

let csrfToken: string | null = null;

/** The token that the session gave; sent with everything that writes. */
export function keepCsrfToken(token: string | null): void {
  csrfToken = token;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return answerOf<T>(await send(apiUrl(path, query), signal === undefined ? {} : { signal }));
}

export async function write<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'x-rollcall-csrf': csrfToken ?? '1' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return answerOf<T>(await send(apiUrl(path), { method, headers, ...content }));
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'the server does not answer', 'check that rollcall serve is running');
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body: unknown = text === '' ? null : parsed(text);
  if (response.ok) return trusted<T>(body);
  throw problemOf(response.status, body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Our own server answered: its schemas are the types here. */
function trusted<T>(body: unknown): T {
  assertTrusted<T>(body);
  return body;
}

function assertTrusted<T>(_body: unknown): asserts _body is T {}

function problemOf(status: number, body: unknown): ApiError {
  const { title, detail, hint, code } = fieldsOf(body);
  return new ApiError(status, code ?? String(status), detail ?? title ?? `the server answered ${status}`, hint);
}

function fieldsOf(body: unknown): Record<'title' | 'detail' | 'hint' | 'code', string | undefined> {
  const text = (name: string): string | undefined => {
    if (typeof body !== 'object' || body === null) return undefined;
    const value: unknown = Reflect.get(body, name);
    return typeof value === 'string' ? value : undefined;
  };
  return { title: text('title'), detail: text('detail'), hint: text('hint'), code: text('code') };
}
