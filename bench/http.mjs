// What does the client's transport cost beside a bare https agent? 2,000 small documents from one local server, 16 at a
// time, in fresh processes with the order alternating. Run it after `npm run build`; `--dist DIR` measures another build.
import { fork } from 'node:child_process';
import { Agent, createServer, get } from 'node:https';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from 'selfsigned';

const DOCUMENTS = 2_000;
const CONCURRENCY = 16;
const ROUNDS = 5;
const document = JSON.stringify({
  data: { name: 'web-01', memory: '2048', net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0', description: 'x'.repeat(380) },
});

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string', default: 'dist' } },
});

/** @returns {Promise<{ port: number, ca: string, close: () => void }>} */
async function serve() {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const server = createServer({ key: made.private, cert: made.cert }, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': document.length }).end(document);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, ca: made.cert, close: () => server.close() };
}

/** @param {(index: number) => Promise<unknown>} read */
async function readAll(read) {
  let next = 0;
  const work = async () => {
    while (next < DOCUMENTS) await read((next += 1));
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return performance.now() - startedAt;
}

/** @param {{ port: number, ca: string }} target */
async function measureBare({ port, ca }) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY, ca });
  const ms = await readAll(
    (vmid) =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, agent, path: `/api2/json/nodes/pve1/qemu/${vmid}/config` }, (response) => {
          /** @type {Buffer[]} */
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
        }).on('error', reject);
      }),
  );
  agent.destroy();
  return ms;
}

/** @param {{ port: number, ca: string }} target */
async function measureClient({ port, ca }) {
  const file = path.resolve(options.dist, 'api/proxmox-client.js');
  const { openProxmoxClient } = await import(pathToFileURL(file).href);
  const client = openProxmoxClient({
    endpoints: [`https://127.0.0.1:${port}`],
    tls: { ca },
    credential: { kind: 'token', tokenId: 'root@pam!bench', secret: 'none' },
    concurrency: CONCURRENCY,
    perNodeConcurrency: CONCURRENCY,
  });
  const ms = await readAll((vmid) => client.getVMConfig('pve1', vmid));
  client.close();
  return ms;
}

/** @param {string} kind @param {{ port: number, ca: string }} target @returns {Promise<number>} */
function inFreshProcess(kind, target) {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), [kind, '--dist', options.dist]);
    child.once('message', (ms) => resolve(Number(ms)));
    child.once('exit', (status) =>
      reject(new Error(`${kind} ended with status ${status}; is there a build in ${options.dist}/?`)),
    );
    child.send({ port: target.port, ca: target.ca });
  });
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function compare() {
  const server = await serve();
  /** @type {Record<string, number[]>} */
  const times = { bare: [], client: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of round % 2 === 0 ? ['bare', 'client'] : ['client', 'bare']) {
      times[kind]?.push(await inFreshProcess(kind, server));
    }
  }
  server.close();
  const [bare, client] = [median(times['bare'] ?? []), median(times['client'] ?? [])];
  const perDocument = ((client - bare) / DOCUMENTS) * 1000;
  process.stdout.write(
    `${DOCUMENTS} documents over https, ${CONCURRENCY} at a time, median of ${ROUNDS} fresh processes\n` +
      `bare agent   ${bare.toFixed(0)} ms\n` +
      `client       ${client.toFixed(0)} ms   ${(client / bare).toFixed(2)} times, ${perDocument.toFixed(0)} µs more for each\n`,
  );
}

const [kind] = positionals;
if (kind === undefined) await compare();
else {
  process.once('message', async (/** @type {{ port: number, ca: string }} */ target) => {
    process.send?.(await (kind === 'bare' ? measureBare(target) : measureClient(target)));
    process.disconnect?.();
  });
}
