import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

type Row = Record<string, unknown> & { id: number };
type Kind = keyof typeof FIELDS;

/** What may be written, as NetBox 4.x takes it; `tags` and references are given by attributes or ids. */
const FIELDS = {
  'extras/tags': ['name', 'slug', 'color', 'description'],
  'virtualization/cluster-types': ['name', 'slug', 'tags', 'description'],
  'virtualization/clusters': ['name', 'type', 'status', 'tags', 'description'],
  'virtualization/virtual-machines': [
    'name',
    'cluster',
    'serial',
    'status',
    'vcpus',
    'memory',
    'disk',
    'description',
    'tags',
    'comments',
    'primary_ip4',
    'primary_ip6',
  ],
  'virtualization/interfaces': ['virtual_machine', 'name', 'enabled', 'tags', 'description'],
  'ipam/ip-addresses': ['address', 'status', 'assigned_object_type', 'assigned_object_id', 'tags', 'description'],
} as const;
const REFERENCES: Readonly<Record<string, Kind>> = {
  type: 'virtualization/cluster-types',
  cluster: 'virtualization/clusters',
  virtual_machine: 'virtualization/virtual-machines',
  primary_ip4: 'ipam/ip-addresses',
  primary_ip6: 'ipam/ip-addresses',
};
const STATUSES: Partial<Record<Kind, readonly string[]>> = {
  'virtualization/clusters': ['planned', 'staging', 'active', 'decommissioning', 'offline'],
  'virtualization/virtual-machines': ['offline', 'active', 'planned', 'staged', 'failed', 'decommissioning', 'paused'],
  'ipam/ip-addresses': ['active', 'reserved', 'deprecated', 'dhcp', 'slaac'],
};
const MOST = { name: 64, serial: 50, description: 200, slug: 100 };

class Refused extends Error {
  readonly answer: unknown;
  readonly status: number;

  constructor(answer: unknown, status = 400) {
    super('refused');
    this.answer = answer;
    this.status = status;
  }
}

/** A small NetBox in memory: filters, pages, uniqueness and what it refuses. */
export class FakeNetbox {
  readonly token = 'secret-token';
  url = '';
  readonly rows = new Map<Kind, Row[]>();
  /** `POST virtualization/clusters` of what was written. */
  readonly writes: string[] = [];
  readonly asked: string[] = [];
  /** null: it does not tell it. */
  version: string | null = '4.2.3';
  /** No page has more rows, whatever limit is asked for. */
  mostRows = 3;
  /** The write of this number fails; `after`: although it was done. */
  failAt: { write: number; after: boolean } | null = null;
  /** So many reads are answered by 429 first. */
  busyReads = 0;
  isReadOnly = false;
  redirect: string | null = null;
  #ids = 0;

  list(kind: Kind): Row[] {
    const rows = this.rows.get(kind) ?? [];
    this.rows.set(kind, rows);
    return rows;
  }

  /** As somebody else makes it. */
  add(kind: Kind, body: Record<string, unknown>): Row {
    return this.#write(kind, null, body);
  }

  answer(request: IncomingMessage, body: string): { status: number; body: unknown; headers?: Record<string, string> } {
    const url = new URL(request.url ?? '', 'http://x');
    const [, path = '', id] = /^\/api\/([a-z-]+\/[a-z-]+)\/(?:(\d+)\/)?$/.exec(url.pathname) ?? [];
    this.asked.push(`${request.method} ${request.url}`);
    if (this.redirect !== null) return { status: 302, body: '', headers: { Location: this.redirect } };
    if (request.headers.authorization !== `Token ${this.token}`)
      return { status: 403, body: { detail: 'Invalid token' } };
    if (url.pathname === '/api/status/' && this.version !== null) {
      return { status: 200, body: { 'django-version': '5.1.4', 'netbox-version': this.version } };
    }
    if (!(path in FIELDS)) return { status: 404, body: { detail: 'Not found.' } };
    const kind = path as Kind;
    try {
      if (request.method === 'GET') {
        if (this.busyReads-- > 0)
          return { status: 429, body: { detail: 'Slow down' }, headers: { 'Retry-After': '0' } };
        return { status: 200, body: this.#page(kind, url.searchParams) };
      }
      if (this.isReadOnly) throw new Refused({ detail: 'You do not have permission to perform this action.' }, 403);
      const isFailing = this.writes.length + 1 === this.failAt?.write;
      if (isFailing && this.failAt?.after !== true) throw new Refused({ detail: 'broken' }, 500);
      const row = this.#write(kind, id === undefined ? null : Number(id), JSON.parse(body));
      this.writes.push(`${request.method} ${path}`);
      if (isFailing) throw new Refused({ detail: 'broken' }, 500);
      return { status: id === undefined ? 201 : 200, body: this.#shown(row) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 500) this.failAt = null;
      return { status: error.status, body: error.answer };
    }
  }

  #page(kind: Kind, query: URLSearchParams): object {
    const names = new Set([...query.keys()].filter((name) => !['limit', 'offset', 'ordering'].includes(name)));
    const found = this.list(kind).filter((row) =>
      [...names].every((name) => query.getAll(name).some((value) => this.#matches(kind, row, name, value))),
    );
    const [offset, limit] = [Number(query.get('offset')), Math.min(Number(query.get('limit')), this.mostRows)];
    const rest = new URLSearchParams([...query].filter(([name]) => name !== 'offset'));
    rest.set('offset', String(offset + limit));
    return {
      count: found.length,
      next: offset + limit < found.length ? `${this.url}/api/${kind}/?${rest.toString()}` : null,
      previous: null,
      results: found.slice(offset, offset + limit).map((row) => this.#shown(row)),
    };
  }

  #matches(kind: Kind, row: Row, name: string, value: string): boolean {
    switch (name) {
      case 'tag':
        if (!this.list('extras/tags').some(({ slug }) => slug === value))
          throw new Refused({ tag: [`Select a valid choice. ${value} is not one of the available choices.`] });
        return (row['tags'] as string[]).includes(value);
      case 'name':
      case 'slug':
        return row[name] === value;
      case 'address':
        return String(row['address']).split('/')[0] === value;
      case 'cluster_id': {
        const machine =
          kind === 'virtualization/interfaces' ? this.#get(REFERENCES['virtual_machine'], row['virtual_machine']) : row;
        return String(machine?.['cluster']) === value;
      }
      default:
        throw new Refused({ [name]: ['Unknown filter field'] });
    }
  }

  #get(kind: Kind | undefined, id: unknown): Row | undefined {
    return kind && this.list(kind).find((row) => row.id === id);
  }

  #write(kind: Kind, id: number | null, body: Record<string, unknown>): Row {
    const current = id === null ? null : this.#get(kind, id);
    if (current === undefined) throw new Refused({ detail: 'Not found.' }, 404);
    const row: Row = { ...(current ?? { tags: [] }), id: id ?? ++this.#ids };
    for (const [name, value] of Object.entries(body)) {
      if (!(FIELDS[kind] as readonly string[]).includes(name)) throw new Refused({ [name]: ['Unknown field'] });
      row[name] = this.#value(kind, name, value);
    }
    this.#check(kind, row, current);
    if (current === null) this.list(kind).push(row);
    else Object.assign(current, row);
    return row;
  }

  #value(kind: Kind, name: string, value: unknown): unknown {
    if (name === 'tags') return (value as object[]).map((tag) => String(this.#find('extras/tags', tag, name)['slug']));
    const of = REFERENCES[name];
    if (of !== undefined && value !== null) return this.#find(of, value, name).id;
    if (name === 'status' && !(STATUSES[kind] ?? []).includes(String(value)))
      throw new Refused({ status: ['not a valid choice'] });
    const most = Reflect.get(MOST, name);
    if (typeof value === 'string' && typeof most === 'number' && value.length > most)
      throw new Refused({ [name]: ['too long'] });
    if (name === 'slug' && !/^[-a-zA-Z0-9_]+$/.test(String(value))) throw new Refused({ slug: ['not a valid slug'] });
    return typeof value === 'string' ? value.trim() : value;
  }

  #find(kind: Kind, wanted: unknown, name: string): Row {
    const found = this.list(kind).filter((row) =>
      typeof wanted === 'number'
        ? row.id === wanted
        : Object.entries(wanted as object).every(([key, value]) => row[key] === value),
    );
    const [row] = found;
    if (row === undefined || found.length > 1)
      throw new Refused({ [name]: [`Related object not found: ${JSON.stringify(wanted)}`] });
    return row;
  }

  #check(kind: Kind, row: Row, current: Row | null): void {
    const others = this.list(kind).filter((other) => other.id !== row.id);
    const lower = (of: Row): string => String(of['name']).toLowerCase();
    const isTaken = (test: (other: Row) => boolean, field: string): void => {
      if (others.some(test)) throw new Refused({ [field]: ['must be unique'] });
    };
    if (kind === 'extras/tags' || kind === 'virtualization/cluster-types')
      isTaken((other) => other['slug'] === row['slug'] || other['name'] === row['name'], 'slug');
    if (kind === 'virtualization/virtual-machines') {
      if (row['cluster'] === undefined) throw new Refused({ cluster: ['This field is required.'] });
      isTaken((other) => other['cluster'] === row['cluster'] && lower(other) === lower(row), 'name');
      for (const field of ['primary_ip4', 'primary_ip6']) this.#checkPrimary(row, field);
    }
    if (kind === 'virtualization/interfaces')
      isTaken((other) => other['virtual_machine'] === row['virtual_machine'] && other['name'] === row['name'], 'name');
    if (kind === 'ipam/ip-addresses') {
      if (!/^[0-9a-f.:]+\/\d+$/.test(String(row['address']))) throw new Refused({ address: ['Invalid IP address'] });
      const host = (of: Row): string | undefined => String(of['address']).split('/')[0];
      isTaken((other) => host(other) === host(row), 'address');
      const isPrimary = this.list('virtualization/virtual-machines').some(
        (machine) => machine['primary_ip4'] === row.id || machine['primary_ip6'] === row.id,
      );
      if (isPrimary && current?.['assigned_object_id'] !== row['assigned_object_id'])
        throw new Refused([
          'Cannot reassign IP address while it is designated as the primary IP for the parent object',
        ]);
    }
  }

  #checkPrimary(row: Row, field: string): void {
    if (row[field] === undefined || row[field] === null) return;
    const address = this.#get('ipam/ip-addresses', row[field]);
    const port = this.#get('virtualization/interfaces', address?.['assigned_object_id']);
    if (port?.['virtual_machine'] !== row.id) throw new Refused({ [field]: ['is not assigned to this VM'] });
    if (String(address?.['address']).includes(':') !== (field === 'primary_ip6'))
      throw new Refused({ [field]: ['wrong family'] });
  }

  #shown(row: Row): object {
    const { tags, ...rest } = row;
    const shown = Object.entries(rest).map(([name, value]) => {
      if (name === 'status') return [name, { value, label: value }];
      return [name, name in REFERENCES && typeof value === 'number' ? { id: value } : value];
    });
    return {
      ...Object.fromEntries(shown),
      tags: (tags as string[]).map((slug) => ({ slug, name: slug })),
      display: row.id,
    };
  }
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Closed after the test file. */
export async function startNetbox(): Promise<FakeNetbox> {
  const netbox = new FakeNetbox();
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const answer = netbox.answer(request, body);
      response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
      response.end(JSON.stringify(answer.body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  netbox.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return netbox;
}
