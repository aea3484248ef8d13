import { type Agent, request } from 'node:https';
import type { Lab } from '../../src/lab/lab.ts';

export type Row = Record<string, unknown>;

export interface Reply {
  status: number;
  reason: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body as JSON; empty when it is none. */
  json: Row;
}

export interface Ask {
  token?: string | null;
  headers?: Record<string, string>;
  body?: Record<string, string | number> | string;
  agent?: Agent;
  /** The node to ask, of a lab that has an address for each. */
  at?: string;
}

/** A bare client for tests of the lab itself: what goes over the wire, without anything of the program. */
export function call(lab: Lab, method: string, path: string, ask: Ask = {}): Promise<Reply> {
  const body = typeof ask.body === 'object' ? form(ask.body) : ask.body;
  const token = ask.token === undefined ? lab.token : ask.token;
  const headers = {
    ...(token !== null && { Authorization: `PVEAPIToken=${token}` }),
    ...(body !== undefined && {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
    ...ask.headers,
  };
  const origin = ask.at === undefined ? lab.url : lab.nodeUrl(ask.at);
  const url = path.startsWith('/api2/') ? `${origin}${path}` : `${origin}/api2/json${path}`;
  return new Promise((resolve, reject) => {
    const req = request(url, { method, headers, ca: lab.caPem, agent: ask.agent ?? false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const reason = Buffer.from(res.statusMessage ?? '', 'latin1').toString('utf8');
        resolve({ status: res.statusCode ?? 0, reason, headers: res.headers, text, json: parsed(text) });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

function form(fields: Record<string, string | number>): string {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(pairs).toString();
}

function parsed(text: string): Row {
  try {
    return JSON.parse(text) as Row;
  } catch {
    return {};
  }
}

/** The data of an answer that must be a 200. */
export async function getData(lab: Lab, path: string, ask: Ask = {}): Promise<unknown> {
  const reply = await call(lab, 'GET', path, ask);
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.reason}`);
  return reply.json['data'];
}

export async function getRow(lab: Lab, path: string, ask: Ask = {}): Promise<Row> {
  return (await getData(lab, path, ask)) as Row;
}

export async function getRows(lab: Lab, path: string, ask: Ask = {}): Promise<Row[]> {
  return (await getData(lab, path, ask)) as Row[];
}

/** The row of a list that has these values. */
export async function findRow(lab: Lab, path: string, where: Row, ask: Ask = {}): Promise<Row | undefined> {
  const rows = await getRows(lab, path, ask);
  return rows.find((row) => Object.entries(where).every(([key, value]) => row[key] === value));
}

export async function messages(lab: Lab, ask: Ask = {}): Promise<string[]> {
  const rows = await getRows(lab, '/cluster/log?max=500', ask);
  return rows.map((row) => String(row['msg']));
}

/** The task that was started last on a node. */
export async function newestTask(lab: Lab, node = 'pve1'): Promise<Row> {
  const [task] = await getRows(lab, `/nodes/${node}/tasks?source=all&limit=1`);
  return task ?? {};
}
