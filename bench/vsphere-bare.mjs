// @ts-check
// The least that a client of vSphere can do: sends the requests of a file, one after the other over one verified connection, and
// parses each answer with the program's parser into a tree of elements, which it throws away.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { SaxesParser } from 'saxes';

/** @typedef {{ name: string, type: string | null, text: string, children: Element[] }} Element */

const [url = '', caFile = '', callsFile = ''] = process.argv.slice(2);
/** @type {import('./vsphere-server.mjs').Asked[]} */
const calls = JSON.parse(readFileSync(callsFile, 'utf8'));
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(caFile) });
let cookie = '';

/** @param {string} body @returns {Promise<string>} */
function send(body) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': Buffer.byteLength(body), cookie };
    const outgoing = request(`${url}/sdk`, { method: 'POST', agent, headers }, (incoming) => {
      cookie = incoming.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie;
      /** @type {Buffer[]} */
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (incoming.statusCode === 200) resolve(text);
        else reject(new Error(`${incoming.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** @param {string} text @returns {Element} */
function parse(text) {
  /** @type {Element} */
  const document = { name: '', type: null, text: '', children: [] };
  const open = [document];
  const parser = new SaxesParser({ position: false, xmlns: false });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, type: attributes['xsi:type'] ?? attributes['type'] ?? null, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (part) => {
    const current = open.at(-1);
    if (current !== undefined) current.text += part;
  });
  parser.on('closetag', () => open.pop());
  parser.write(text).close();
  return document;
}

/** Views and collectors of this session, by the names that they had when the requests were noted. @type {Map<string, string>} */
const made = new Map();
for (const call of calls) {
  let { body } = call;
  for (const [before, now] of made) body = body.replace(before, now);
  const [envelope] = parse(await send(body)).children;
  const returned = envelope?.children.at(-1)?.children[0]?.children[0]?.text;
  if (call.made !== null) made.set(call.made, returned ?? '');
}
agent.destroy();
