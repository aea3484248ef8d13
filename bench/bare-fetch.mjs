// @ts-check
// The least that a client can do: fetches the paths of a file with Node's https agent, so many at a time, and throws them away.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';

const [url = '', caFile = '', token = '', pathsFile = '', concurrency = '16'] = process.argv.slice(2);
const paths = readFileSync(pathsFile, 'utf8').split('\n');
const agent = new Agent({ keepAlive: true, maxSockets: Number(concurrency), ca: readFileSync(caFile) });
const { hostname, port } = new URL(url);
const headers = { Authorization: `PVEAPIToken=${token}` };

/** @param {string} path @returns {Promise<void>} */
function fetchOne(path) {
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: `/api2/json${path}`, agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve());
    }).once('error', reject);
  });
}

const queue = paths.values();
async function work() {
  for (const path of queue) await fetchOne(path);
}
await Promise.all(Array.from({ length: Number(concurrency) }, work));
agent.destroy();
