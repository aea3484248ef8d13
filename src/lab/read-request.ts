import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Credentials } from './authenticate.ts';
import type { ApiRequest } from './dispatch.ts';

/** pveproxy refuses larger bodies. */
const BODY_LIMIT = 524_288;
const PREFIX = '/api2/json';

/** Reads what the API needs from a request; parameters come from the query and from the body. */
export async function readRequest(request: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(request.url ?? '/', 'https://lab');
  const method = request.method ?? 'GET';
  if (!url.pathname.startsWith(`${PREFIX}/`))
    throw new ApiError(501, `no such path: ${url.pathname}`, { hasBody: false });
  const body = await readBody(request);
  if (request.headers['transfer-encoding'] === 'chunked')
    throw new ApiError(501, 'chunked requests are not supported', { hasBody: false });
  if (body !== '' && (method === 'GET' || method === 'DELETE'))
    throw new ApiError(501, `Unexpected content for method '${method}'`, { hasBody: false });
  const pairs = [...url.searchParams, ...bodyPairs(body, request.headers['content-type'] ?? '')];
  const names = pairs.map(([name]) => name);
  return {
    method,
    path: url.pathname.slice(PREFIX.length),
    parameters: Object.fromEntries(pairs),
    repeated: new Set(names.filter((name, index) => names.indexOf(name) !== index)),
    credentials: credentialsOf(request),
  };
}

export function credentialsOf({ headers }: IncomingMessage): Credentials {
  const { authorization, cookie } = headers;
  return { authorization, cookie, csrfToken: headerText(headers['csrfpreventiontoken']) };
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes <= BODY_LIMIT) chunks.push(buffer);
  }
  if (bytes > BODY_LIMIT) throw new ApiError(501, 'for data too large', { hasBody: false });
  return Buffer.concat(chunks).toString('utf8');
}

function bodyPairs(body: string, contentType: string): [string, string][] {
  if (!contentType.startsWith('application/json')) return [...new URLSearchParams(body)];
  const parsed: unknown = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ApiError(500, 'Not a HASH reference');
  return Object.entries(parsed)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value)]);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ApiError(500, `malformed JSON string: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}
