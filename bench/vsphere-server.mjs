// @ts-check
// vcsim behind a server that does what vCenter does and vcsim does not: it hands out a walk in pages. It makes them once, so that
// whoever measures a client does not measure how long vcsim takes. Everything else is passed on. A process of its own: told vcsim's
// options as JSON, it sends its address, and the requests since it was asked last.
import { Agent, createServer, request } from 'node:https';
import { generate } from 'selfsigned';
import { startVcsim } from '../scripts/vcsim-server.mjs';

/**
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Reply
 * @typedef {{ method: string, body: string, made: string | null }} Asked `made`: the object that the answer names, as a view
 */

const [options = '{}'] = process.argv.slice(2);
const vcsim = await startVcsim(JSON.parse(options));
const agent = new Agent({ keepAlive: true, ca: vcsim.certificate });

/** Pages of a walk, by what was asked for. @type {Map<string, Buffer[]>} */
const walks = new Map();
/** @type {Asked[]} */
let asked = [];

/** @param {string} body @param {import('node:http').IncomingHttpHeaders} headers @returns {Promise<Reply>} */
function passOn(body, { cookie, 'content-type': type }) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, ...(cookie !== undefined && { cookie }) };
    const outgoing = request(vcsim.url, { method: 'POST', agent, headers }, (incoming) => {
      /** @type {Buffer[]} */
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.once('end', () => {
        const { 'content-type': contentType, 'set-cookie': cookies } = incoming.headers;
        const kept = { 'content-type': contentType, ...(cookies !== undefined && { 'set-cookie': cookies }) };
        resolve({ status: incoming.statusCode ?? 0, headers: kept, body: Buffer.concat(chunks) });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** @param {Buffer} answer @param {number} size @param {string} key @returns {Buffer[]} */
function toPages(answer, size, key) {
  // One byte for each character, whatever they are in UTF-8.
  const objects = answer.toString('latin1').match(/<objects>.*?<\/objects>/gs) ?? [];
  return Array.from({ length: Math.max(1, Math.ceil(objects.length / size)) }, (_, page) => {
    const method = page === 0 ? 'RetrievePropertiesEx' : 'ContinueRetrievePropertiesEx';
    const token = (page + 1) * size < objects.length ? `<token>${key}/${page + 1}</token>` : '';
    const inside = token + objects.slice(page * size, (page + 1) * size).join('');
    const body =
      '<?xml version="1.0" encoding="UTF-8"?>' +
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
      `<${method}Response xmlns="urn:vim25"><returnval>${inside}</returnval></${method}Response>` +
      '</soapenv:Body></soapenv:Envelope>';
    return Buffer.from(body, 'latin1');
  });
}

/** @param {string} body @param {import('node:http').IncomingHttpHeaders} headers @returns {Promise<Reply>} */
async function answer(body, headers) {
  const [, key = '', page = ''] = /<token>([^<]+)\/(\d+)<\/token>/.exec(body) ?? [];
  const kept = walks.get(key)?.[Number(page)];
  if (kept !== undefined) return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: kept };
  const size = Number(/<maxObjects>(\d+)<\/maxObjects>/.exec(body)?.[1] ?? 0);
  if (size === 0) return passOn(body, headers);
  const types = [...body.matchAll(/<type>(\w+)<\/type>/g)].map(([, type]) => type).join('-');
  let pages = walks.get(types);
  if (pages === undefined) {
    const whole = await passOn(body, headers);
    if (whole.status !== 200) return whole;
    pages = toPages(whole.body, size, types);
    walks.set(types, pages);
  }
  return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: pages[0] ?? Buffer.of() };
}

const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ],
});
/** @param {import('node:http').IncomingMessage} incoming @param {import('node:http').ServerResponse} outgoing */
async function serve(incoming, outgoing) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const method = /<(?:\w+:)?Body><(\w+)/.exec(body)?.[1] ?? '';
  const reply = await answer(body, incoming.headers);
  const made = method.startsWith('Create')
    ? (/<returnval[^>]*>([^<]+)</.exec(reply.body.toString())?.[1] ?? null)
    : null;
  asked.push({ method, body, made });
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length });
  outgoing.end(reply.body);
}
const server = createServer({ key, cert }, (incoming, outgoing) => void serve(incoming, outgoing));

process.on('message', () => {
  process.send?.(asked);
  asked = [];
});
process.on('disconnect', () => void vcsim.stop().then(() => process.exit(0)));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.send?.({ url: `https://127.0.0.1:${port}`, certificate: cert });
});
