import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { AppError } from '../../src/types/errors.ts';
import { call, getRow, getRows } from './client.ts';
import { openLab } from './labs.ts';

const SMALL = { vms: 2, containers: 1 } as const;

describe('the wire', () => {
  it('has the text of an error in the reason, and since 8 in the body', async () => {
    const reason = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
    const new8 = await call(await openLab(SMALL), 'GET', '/nodes/pve1/qemu/999/config');
    expect(new8).toMatchObject({ status: 500, reason, json: { data: null, message: `${reason}\n` } });
    expect(new8.headers['connection']).toBe('close');
    const old7 = await call(await openLab({ ...SMALL, release: '7.4' }), 'GET', '/nodes/pve1/qemu/999/config');
    expect(old7).toMatchObject({ status: 500, reason, json: { data: null } });
    expect(old7.json['message']).toBeUndefined();
  });

  const refused: [string, string, number, string][] = [
    ['GET', '/foo', 501, "Method 'GET /foo' not implemented"],
    ['POST', '/version', 501, "Method 'POST /version' not implemented"],
    ['HEAD', '/version', 501, "method 'HEAD' not available"],
    ['PATCH', '/version', 501, "method 'PATCH' not available"],
    ['GET', '/version?foo=1', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/tasks?limit=abc', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/tasks?limit=1&limit=2', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/qemu?full=maybe', 400, 'Parameter verification failed.'],
    ['GET', '/cluster/resources?type=pool', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/qemu/abc/config', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/qemu/0100/config', 400, 'Parameter verification failed.'],
    ['GET', '/cluster/log?max=0', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/qemu/100/config?current=1&snapshot=x', 400, 'Parameter verification failed.'],
    ['GET', '/nodes/pve1/tasks/foobar/status', 400, 'Parameter verification failed.'],
    ['DELETE', '/nodes/pve1/tasks/foobar', 400, 'Parameter verification failed.'],
    [
      'GET',
      '/nodes/nope/status',
      500,
      "hostname lookup 'nope' failed - failed to get address info for: nope: Name or service not known",
    ],
    ['GET', '/nodes/pve1/lxc/100/config', 500, "Configuration file 'nodes/pve1/lxc/100.conf' does not exist"],
    ['GET', '/nodes/pve1/storage/nope/content', 500, "storage 'nope' does not exist"],
    ['GET', '/nodes/pve1/storage/archive/content', 500, "storage 'archive' is disabled"],
    ['GET', '/nodes/pve2/storage/scratch/content', 500, "storage 'scratch' is not available on node 'pve2'"],
    ['GET', '/api2/html/version', 501, 'no such path: /api2/html/version'],
  ];

  it.each(refused)('%s %s is a %d', async (method, path, status, reason) => {
    const lab = await openLab(SMALL);
    expect(await call(lab, method, path)).toMatchObject({ status, reason });
  });

  it('indexes answer for nodes and guests that are not there', async () => {
    const lab = await openLab(SMALL);
    expect(await getRows(lab, '/nodes/nope')).toContainEqual({ name: 'tasks' });
    expect(await getRows(lab, '/nodes/pve1/qemu/99999')).toContainEqual({ subdir: 'config' });
    expect(await getRows(lab, '/nodes/pve1/lxc/99999')).toContainEqual({ subdir: 'interfaces' });
    expect(await getRow(lab, '/nodes/localhost/version/')).toMatchObject({ release: '8.4' });
  });

  it('says whether a vmid is free', async () => {
    const lab = await openLab(SMALL);
    expect((await call(lab, 'GET', '/cluster/nextid')).json['data']).toBe('102');
    expect((await call(lab, 'GET', '/cluster/nextid?vmid=555')).json['data']).toBe('555');
    const taken = await call(lab, 'GET', '/cluster/nextid?vmid=100');
    expect(taken).toMatchObject({ status: 400, json: { errors: { vmid: 'VM 100 already exists' } } });
  });

  it('compresses when asked, keeps connections open, and closes them after errors', async () => {
    const lab = await openLab();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = await new Promise<Buffer>((resolve, reject) => {
      const headers = { Authorization: `PVEAPIToken=${lab.token}`, 'Accept-Encoding': 'gzip, deflate' };
      const req = request(`${lab.url}/api2/json/cluster/resources`, { headers, ca: lab.caPem, agent }, (res) => {
        expect(res.headers['content-encoding']).toBe('gzip');
        expect(res.headers['connection']).toBe('Keep-Alive');
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      });
      req.on('error', reject).end();
    });
    expect(JSON.parse(gunzipSync(body).toString()).data.length).toBeGreaterThan(10);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    await call(lab, 'GET', '/foo', { agent });
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(0);
    agent.destroy();
  });

  it('takes JSON bodies, and refuses what pveproxy refuses', async () => {
    const lab = await openLab(SMALL);
    const path = '/nodes/pve1/qemu/100/config';
    const json = { 'Content-Type': 'application/json' };
    const put = (body: string, headers = json) =>
      call(lab, 'PUT', path, { headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) }, body });
    expect((await put('{"onboot":true,"protection":false,"cores":2,"description":null}')).status).toBe(200);
    expect(lab.guest(100).config).toMatchObject({ onboot: 1, protection: 0, cores: 2 });
    expect((await put('{bad')).status).toBe(500);
    expect(await put('[1]')).toMatchObject({ status: 500, reason: 'Not a HASH reference' });
    expect(await put('x'.repeat(600_000))).toMatchObject({ status: 501, reason: 'for data too large' });
    expect(await call(lab, 'DELETE', path, { body: 'a=b' })).toMatchObject({ status: 501 });
    const chunked = await call(lab, 'PUT', path, { headers: { 'Transfer-Encoding': 'chunked' } });
    expect(chunked.status).toBe(501);
  });

  it('closes a connection after a hundred requests, telling so', async () => {
    const lab = await openLab(SMALL);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const said: unknown[] = [];
    for (let index = 0; index < 101; index += 1)
      said.push((await call(lab, 'GET', '/version', { agent })).headers['connection']);
    expect(said.indexOf('close')).toBe(99);
    expect(said[100]).toBe('Keep-Alive');
    agent.destroy();
  });

  it('the order of keys changes from answer to answer', async () => {
    const lab = await openLab(SMALL);
    const orders = new Set<string>();
    for (let index = 0; index < 6; index += 1) orders.add((await call(lab, 'GET', '/nodes/pve1/qemu/100/config')).text);
    expect(orders.size).toBeGreaterThan(1);
    const contents = [...orders].map((text) => JSON.parse(text).data);
    for (const content of contents) expect(content).toEqual(contents[0]);
  });
  it('writes down what was asked', async () => {
    const lab = await openLab(SMALL);
    await call(lab, 'GET', '/cluster/resources?type=vm');
    await call(lab, 'GET', '/foo', { token: null });
    const at = { method: 'GET', listener: 'pve1' };
    expect(lab.requests).toEqual([
      { ...at, path: '/cluster/resources?type=vm', status: 200, hasCredential: true },
      { ...at, path: '/foo', status: 401, hasCredential: false },
    ]);
    lab.clearRequests();
    expect(lab.requests).toEqual([]);
  });

  it('tells the program how to reach it', async () => {
    const lab = await openLab(SMALL);
    const env = lab.env();
    expect(env).toMatchObject({ PROXMOX_VE_ENDPOINT: lab.url, PROXMOX_VE_API_TOKEN: lab.token });
    expect(readFileSync(env['PROXMOX_VE_CA_FILE'] ?? '', 'utf8')).toBe(lab.caPem);
    expect(lab.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await lab.close();
    expect(() => readFileSync(env['PROXMOX_VE_CA_FILE'] ?? '')).toThrow('ENOENT');
  });

  it('refuses a single host of several nodes, and a port that is taken', async () => {
    await expect(startLab({ clusterName: null, nodes: 2 })).rejects.toBeInstanceOf(AppError);
    await expect(startLab({ nodes: 0 })).rejects.toThrow('a lab cannot have 0 nodes');
    const lab = await openLab(SMALL);
    await expect(startLab({ port: lab.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('faults', () => {
  async function fails(lab: Lab): Promise<string> {
    return call(lab, 'GET', '/nodes').then(
      (reply) => `${reply.status}`,
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
  }

  it('strike as often as they are told to, and can be taken away', async () => {
    const lab = await openLab(SMALL);
    lab.faults.add({
      match: /^GET \/nodes$/,
      times: 2,
      effect: { kind: 'status', status: 503, reason: 'Busy', body: 'x' },
    });
    expect(await call(lab, 'GET', '/nodes')).toMatchObject({ status: 503, reason: 'Busy', text: 'x' });
    expect(await call(lab, 'GET', '/version')).toMatchObject({ status: 200 });
    expect(await fails(lab)).toBe('503');
    expect(await fails(lab)).toBe('200');
    const remove = lab.faults.add({ match: /nodes/g, effect: { kind: 'status', status: 500 } });
    expect(await fails(lab)).toBe('500');
    expect(await fails(lab)).toBe('500');
    remove();
    expect(await fails(lab)).toBe('200');
    lab.faults.add({ match: /nodes/, effect: { kind: 'status', status: 500 } });
    lab.faults.clear();
    expect(await fails(lab)).toBe('200');
  });

  it('break connections before and in the middle of an answer', async () => {
    const lab = await openLab(SMALL);
    lab.faults.add({ match: /nodes/, times: 1, effect: { kind: 'reset' } });
    expect(await fails(lab)).toBe('ECONNRESET');
    lab.faults.add({ match: /nodes/, times: 1, effect: { kind: 'cut' } });
    expect(await fails(lab)).toBe('ECONNRESET');
  });

  it('close a connection that promised to stay open', async () => {
    const lab = await openLab(SMALL);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    lab.faults.add({ match: /version/, times: 1, effect: { kind: 'close-idle' } });
    const { status, headers } = await call(lab, 'GET', '/version', { agent });
    expect({ status, connection: headers['connection'] }).toEqual({ status: 200, connection: 'Keep-Alive' });
    // A request that is sent before that is seen fails; a client that sees it in time takes another connection.
    const held = () => [agent.sockets, agent.freeSockets].flatMap((one) => Object.keys(one)).length;
    while (held() > 0) await setTimeout(10);
    agent.destroy();
  });

  it('change bodies', async () => {
    const lab = await openLab();
    const body = async () => (await call(lab, 'GET', '/cluster/resources?type=vm')).text;
    const withFault = async (effect: Parameters<Lab['faults']['add']>[0]['effect']) => {
      lab.faults.add({ match: /resources/, times: 1, effect });
      return body();
    };
    expect(await withFault({ kind: 'empty-list' })).toBe('{"data":[]}');
    expect(await withFault({ kind: 'html' })).toContain('<html>');
    expect(await withFault({ kind: 'body', body: '{"data":NaN}' })).toBe('{"data":NaN}');
    expect(JSON.parse(await withFault({ kind: 'shorten', keep: 0.5 })).data).toHaveLength(8);
    lab.faults.add({ match: /version/, times: 1, effect: { kind: 'shorten', keep: 0.5 } });
    expect(await getRow(lab, '/version')).toMatchObject({ release: '8.4' });
  });

  it('delay an answer that is then the real one', async () => {
    const lab = await openLab(SMALL);
    lab.faults.add({ match: /version/, effect: { kind: 'delay', ms: 80 } });
    const startedAt = performance.now();
    expect(await getRow(lab, '/version')).toMatchObject({ release: '8.4' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
  });
});
