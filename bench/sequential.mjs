// @ts-check
// The client that most scripts are: one call after the other, over one connection that is kept.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const [url = '', caFile = '', token = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(caFile) });
const { hostname, port } = new URL(url);
const headers = { Authorization: `PVEAPIToken=${token}` };

/** @param {string} path @returns {Promise<Record<string, string>[]>} */
function read(path) {
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: `/api2/json${path}`, agent, headers }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()).data));
    }).once('error', reject);
  });
}

for (const { node } of await read('/nodes')) {
  for (const kind of ['qemu', 'lxc']) {
    for (const { vmid } of await read(`/nodes/${node}/${kind}`)) await read(`/nodes/${node}/${kind}/${vmid}/config`);
  }
}
agent.destroy();
