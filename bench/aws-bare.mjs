// @ts-check
// The least that a client of AWS can do: sends the calls of a file, as many at a time as the program does, over verified connections
// that are kept, and parses each answer with the program's parser into a tree of elements, which it throws away.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { SaxesParser } from 'saxes';

/** @typedef {{ name: string, text: string, children: Element[] }} Element */

const [url = '', caFile = '', callsFile = '', atATime = ''] = process.argv.slice(2);
/** @type {import('./aws-server.mjs').Asked[]} */
const calls = JSON.parse(readFileSync(callsFile, 'utf8'));
const ca = readFileSync(caFile);

/** @param {Agent} agent @param {import('./aws-server.mjs').Asked} call @returns {Promise<string>} */
function send(agent, { headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = { ...headers, 'content-length': Buffer.byteLength(body) };
    const outgoing = request(url, { method: 'POST', agent, headers: sent }, (incoming) => {
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

/** @param {string} text */
function parse(text) {
  if (text.startsWith('{')) return JSON.parse(text);
  /** @type {Element} */
  const document = { name: '', text: '', children: [] };
  const open = [document];
  const parser = new SaxesParser({ position: false, xmlns: false });
  parser.on('opentag', ({ name }) => {
    const element = { name, text: '', children: [] };
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

// A wire of its own for each service, as the program has; one service after the other, as a run asks them.
for (const service of ['sts', 'organizations', 'ec2', 'cloudtrail']) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number(atATime), ca });
  const mine = calls.filter((call) => call.service === service);
  let next = 0;
  const worker = async () => {
    for (let call = mine[next++]; call !== undefined; call = mine[next++]) parse(await send(agent, call));
  };
  await Promise.all(Array.from({ length: Number(atATime) }, worker));
  agent.destroy();
}
