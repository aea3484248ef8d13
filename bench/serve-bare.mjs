// @ts-check
// node bench/serve-bare.mjs FILE [FOLDER ASSETS]: a bare server beside `rollcall serve`.
// GET /state: the guests of a database, read anew for each request, as the same JSON. GET /ws: a bare socket; what a client sends
// with POST /broadcast is sent to all of them. Other paths: files of a folder, and below /assets those of a build, which are compressed
// beforehand.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import staticFiles from '@fastify/static';
import Database from 'better-sqlite3';
import fastify from 'fastify';
import { WebSocketServer } from 'ws';

const [file = '', folder, assets] = process.argv.slice(2);
const db = new Database(file, { readonly: true });
const guests = db.prepare(
  `SELECT "id", "providerId", "kind", "vmid", "nativeId", "name", "node", "status", "isTemplate", "tags", "pool", "lock", "cpus",
     "memoryBytes", "diskBytes", "osType", "presence", "firstSeenAt" FROM "guests" WHERE "presence" <> 'gone' ORDER BY "vmid"`,
);
const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };

/** JSON leaves out what is undefined. @param {any} row */
function toHost({ isTemplate, tags, firstSeenAt, ...row }) {
  return {
    id: row.id,
    providerId: row.providerId,
    kind: row.kind,
    vmid: row.vmid ?? undefined,
    nativeId: row.nativeId,
    name: row.name ?? undefined,
    node: row.node,
    status: row.status,
    isTemplate: isTemplate === 1 ? true : undefined,
    tags: JSON.parse(tags),
    pool: row.pool ?? undefined,
    lock: row.lock ?? undefined,
    cpus: row.cpus ?? undefined,
    memoryBytes: row.memoryBytes ?? undefined,
    diskBytes: row.diskBytes ?? undefined,
    osType: row.osType ?? undefined,
    addresses: [],
    presence: row.presence,
    firstSeenAt: new Date(firstSeenAt).toISOString(),
  };
}

const server = fastify({ bodyLimit: 64 * 2 ** 20 });
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

server.get('/state', async (request, reply) => {
  const text = JSON.stringify({ hosts: guests.all().map(toHost) });
  const taken = request.headers['accept-encoding'] ?? '';
  const encoding = ['br', 'gzip'].find((one) => taken.includes(one));
  reply.type('application/json; charset=utf-8');
  if (encoding === 'br')
    return reply.header('content-encoding', 'br').send(await promisify(brotliCompress)(text, { params }));
  if (encoding === 'gzip')
    return reply.header('content-encoding', 'gzip').send(await promisify(gzip)(text, { level: 6 }));
  return text;
});

const sockets = new WebSocketServer({ server: server.server, path: '/ws', perMessageDeflate: false });
sockets.on('connection', (socket) => socket.once('message', () => socket.send('{"type":"heartbeat"}')));
server.post('/broadcast', async (request) => {
  const bytes = /** @type {Buffer} */ (request.body);
  for (const socket of sockets.clients) socket.send(bytes, { binary: false });
  return {};
});

if (folder !== undefined && assets !== undefined) {
  await server.register(staticFiles, { root: folder });
  await server.register(staticFiles, { root: assets, prefix: '/assets', preCompressed: true, decorateReply: false });
}
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`serving http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/ \n`);
