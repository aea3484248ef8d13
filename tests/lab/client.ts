import { type Agent, request } from 'node:https';
import type { Lab } from '../../src/lab/lab.ts';

export interface Reply {
  status: number;
  reason: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export interface Ask {
  token?: string | null;
  headers?: Record<string, string>;
  body?: Record<string, string | number>;
  agent?: Agent;
}

/** A bare client for tests of the lab itself: what goes over the wire, without anything of the program. */
export function call(lab: Lab, method: string, path: string, ask: Ask = {}): Promise<Reply> {
  const body = ask.body
    ? new URLSearchParams(Object.entries(ask.body).map(([k, v]) => [k, String(v)])).toString()
    : undefined;
  const token = ask.token === undefined ? lab.token : ask.token;
  const headers = {
    ...(token !== null && { Authorization: `PVEAPIToken=${token}` }),
    ...(body !== undefined && {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
    ...ask.headers,
  };
  return new Promise((resolve, reject) => {
    const req = request(
      `${lab.url}/api2/json${path}`,
      { method, headers, ca: lab.caPem, agent: ask.agent ?? false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const reason = Buffer.from(res.statusMessage ?? '', 'latin1').toString('utf8');
          resolve({ status: res.statusCode ?? 0, reason, headers: res.headers, text, json: parsed(text) });
        });
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The data of an answer that must be a 200. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export async function get(lab: Lab, path: string, ask: Ask = {}): Promise<any> {
  const reply = await call(lab, 'GET', path, ask);
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.reason}`);
  return reply.json.data;
}
