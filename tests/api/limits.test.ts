import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../helpers/certificate.ts';
import { failure } from './open-client.ts';
import { closers, listen, open, replay } from './servers.ts';

const guests = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'qemu', vmid: 100 + index, node: 'pve1' }));
const row = (text: string) => ({ status: 200, body: text });
/** `{"data":[ROW,ROW,…]}` */
const rows = (count: number, text: string): string => `{"data":[${`${text},`.repeat(count - 1)}${text}]}`;

describe('a listing of guests', () => {
  it('of more than the limit is refused, with the limit and the option', async () => {
    const server = await replay({ 'GET /cluster/resources': { status: 200, body: { data: guests(11) } } });
    const client = open(server, { maxGuests: 10 });
    expect(await failure(client.getClusterResources())).toMatchObject({
      code: 'limit',
      message: 'GET /cluster/resources: the answer is refused: it has 11 guests, and at most 10 are read',
      hint: 'If the cluster has as many, allow them with --max-guests 11',
      retryable: false,
    });
    expect(server.requests).toHaveLength(1);
    expect((await open(server, { maxGuests: 11 }).getClusterResources()).guests).toHaveLength(11);
  });

  it('has 100,000 of them at most by default', async () => {
    const listing = rows(100_001, '{"type":"qemu","vmid":100,"node":"a"}');
    const server = await replay({ 'GET /cluster/resources': row(listing) });
    expect(await failure(open(server).getClusterResources())).toMatchObject({ code: 'limit' });
    server.set({ 'GET /cluster/resources': row(rows(100_000, '{"type":"lxc","vmid":100,"node":"a"}')) });
    expect((await open(server).getClusterResources()).guests).toHaveLength(100_000);
  });

  it('of a node has the same limit', async () => {
    const server = await replay({ 'GET /nodes/pve1/qemu': { status: 200, body: { data: guests(11) } } });
    const error = await failure(open(server, { maxGuests: 10 }).getVMs('pve1'));
    expect(error.message).toContain('more than 10 guests');
  });
});

describe('more than any Proxmox VE sends is refused', () => {
  it.each<[string, string, Parameters<typeof open>[1], (client: ReturnType<typeof open>) => Promise<unknown>]>([
    ['1000 nodes', rows(1001, '{"type":"node","node":"a"}'), {}, (client) => client.getClusterResources()],
    ['1000 nodes', rows(1001, '{"type":"node","name":"a"}'), {}, (client) => client.getClusterStatus()],
    ['1000 nodes', rows(1001, '{"node":"a"}'), {}, (client) => client.getNodes()],
    ['50000 storages', rows(50_001, '{"type":"storage"}'), {}, (client) => client.getClusterResources()],
    ['50000 pools', rows(50_001, '{"type":"pool"}'), {}, (client) => client.getClusterResources()],
    ['25000 tasks', rows(25_001, '{}'), {}, (client) => client.getTasks('a')],
    ['20000 lines', rows(20_001, '{}'), {}, (client) => client.getClusterLog()],
    ['250000 rows', rows(250_001, '{}'), {}, (client) => client.getSnapshots('qemu', 'a', 1)],
  ])('%s: %#', async (limit, body, options, call) => {
    const server = await replay({}, { onRequest: () => row(body) });
    expect(await failure(call(open(server, options)))).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(`the answer is refused: it has more than ${limit}`),
    });
  });

  it('in a configuration, by keys and by characters', async () => {
    const config = (entries: [string, unknown][]) => ({ status: 200, body: { data: Object.fromEntries(entries) } });
    const server = await replay({});
    const client = open(server);
    const asked = async (entries: [string, unknown][]): Promise<string> => {
      server.set({ 'GET /nodes/a/qemu/1/config': config(entries) });
      return (await failure(client.getGuestConfig({ kind: 'qemu', node: 'a', vmid: 1 }))).message;
    };
    const many = Array.from({ length: 5001 }, (_, index): [string, number] => [`net${index}`, 1]);
    expect(await asked(many)).toContain('more than 5000 keys');
    expect(await asked([['description', 'x'.repeat(5 * 2 ** 20)]])).toContain('more than 5242880 characters');
  });

  it('in the paths of a permission', async () => {
    const paths = Array.from({ length: 200_001 }, (_, index) => `"${index.toString(36)}":{}`).join();
    const server = await replay({ 'GET /access/permissions': row(`{"data":{${paths}}}`) });
    expect((await failure(open(server).getPermissions())).message).toContain('more than 200000 paths');
  });
});

describe('values nested 20,000 deep', () => {
  const deep = (text: string): string => `${'['.repeat(20_000)}${text}${']'.repeat(20_000)}`;

  it('cost their field where they are read as text', async () => {
    const server = await replay({
      'GET /nodes/a/lxc/1/config': row(`{"data":{"hostname":"web","lxc":${deep('1')}}}`),
      'GET /nodes/a/qemu/1/pending': row(`{"data":[{"key":"name","value":"web","pending":${deep('1')}}]}`),
      'GET /access/permissions': row(`{"data":{"/":{"VM.Audit":1},"/vms":{"VM.Audit":${deep('1')}}}}`),
    });
    const client = open(server);
    expect(await client.getGuestConfig({ kind: 'lxc', node: 'a', vmid: 1 })).toEqual({ hostname: 'web' });
    expect(await client.getPending('qemu', 'a', 1)).toMatchObject([{ value: 'web', pending: undefined }]);
    expect(await client.getPermissions()).toEqual({ '/': { 'VM.Audit': true }, '/vms': {} });
  });

  it('of an error are left out of its words', async () => {
    const body = `{"data":null,"errors":{"vmid":${deep('1')},"node":"invalid"}}`;
    const server = await replay({ 'GET /version': { status: 400, reason: 'Parameter check failed', body } });
    expect((await failure(open(server).getVersion())).message).toBe(
      'GET /version: vmid: (unreadable), node: invalid (400)',
    );
  });
});

describe('bytes', () => {
  it('of all answers under way are limited', async () => {
    const { key, pem } = await makeCertificate();
    const waiting: ServerResponse[] = [];
    const server = createServer({ key, cert: pem }, (_request, response) => {
      response.write(`{"data":[],"x":"${'x'.repeat(300_000)}`);
      waiting.push(response);
    });
    const port = await listen(server as unknown as Server);
    closers.push(() => server.closeAllConnections());
    const client = open({ url: `https://127.0.0.1:${port}`, caPem: pem }, { maxBytesUnderWay: 2 ** 20, retries: 0 });
    const calls = Array.from({ length: 4 }, () => client.getPools());
    const error = await Promise.race(calls.map(failure));
    expect(error).toMatchObject({ code: 'malformed', message: expect.stringContaining('larger than 1 MiB together') });
    for (const response of waiting) response.end('"}');
    expect((await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    // What was held is given back.
    server
      .removeAllListeners('request')
      .on('request', (_request, response: ServerResponse) => response.end('{"data":[]}'));
    for (let call = 0; call < 4; call += 1) expect(await client.getPools()).toEqual([]);
  });

  it('of all answers of a run are limited, and nothing more is asked', async () => {
    const server = await replay({}, { onRequest: () => row(`{"data":[],"x":"${'x'.repeat(1000)}"}`) });
    const client = open(server, { maxRunCharacters: 3000 });
    await client.getPools();
    await client.getPools();
    expect(await failure(client.getPools())).toMatchObject({
      code: 'malformed',
      message: 'GET /pools: the answers of this run have more than 3000 characters',
    });
    await failure(client.getPools());
    expect(server.requests).toHaveLength(3);
    client.beginRun();
    expect(await client.getPools()).toEqual([]);
  });

  it('that come one by one make the same body', async () => {
    const text = JSON.stringify({ data: { version: 'x'.repeat(20_000), release: 'ü'.repeat(70_000) } });
    const { key, pem } = await makeCertificate();
    const server = createServer({ key, cert: pem }, (_request, response) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < 30_000; at += 1) response.write(bytes.subarray(at, at + 1));
      response.write(bytes.subarray(30_000, 60_000));
      for (let at = 60_000; at < bytes.length; at += 999) response.write(bytes.subarray(at, at + 999));
      response.end();
    });
    const port = await listen(server as unknown as Server);
    closers.push(() => server.closeAllConnections());
    const client = open({ url: `https://127.0.0.1:${port}`, caPem: pem });
    expect(await client.getVersion()).toMatchObject({ version: 'x'.repeat(20_000), release: 'ü'.repeat(70_000) });
  });
});
