// @ts-check
// `npm run demo`: the whole job on a simulated cluster. Starts the lab, takes the roll, lets somebody change the cluster, takes
// the roll again, and asks what changed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt, root } from './ready.mjs';

const started = Date.now();
ensureBuilt();

const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-demo-'));
const main = path.join(root, 'dist/bin/rollcall.js');
const { NODE_OPTIONS: _, ...outside } = process.env;

/** @param {string} text */
const say = (text) => process.stdout.write(`\n\u2500\u2500 ${text}\n`);

say('a simulated Proxmox VE cluster: 3 nodes, 12 VMs, 4 containers');
const lab = spawn(
  process.execPath,
  [main, 'lab', '--nodes', '3', '--vms', '12', '--containers', '4', '--seed', '7', '--print-env'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: outside,
  },
);
process.once('exit', () => {
  lab.kill();
  rmSync(folder, { recursive: true, force: true });
});

const environment = await labEnvironment();
process.stdout.write(`${environment['PROXMOX_VE_ENDPOINT']}\n`);

rollcall('discover-all');
await sleep(1100);
const before = new Date().toISOString();
await sleep(1100);

say('somebody changes the cluster');
const { vms } = await inventory();
const [stopped, running, resized, source, removed, moved] = cast(vms);
await change(`starts ${stopped.name}`, 'POST', `/nodes/${stopped.node}/qemu/${stopped.vmid}/status/start`);
await change(`stops ${running.name}`, 'POST', `/nodes/${running.node}/qemu/${running.vmid}/status/stop`);
await change(`gives ${resized.name} more memory`, 'PUT', `/nodes/${resized.node}/qemu/${resized.vmid}/config`, {
  memory: '6144',
});
await change(`clones ${source.name}`, 'POST', `/nodes/${source.node}/qemu/${source.vmid}/clone`, {
  newid: '900',
  name: 'web-clone',
});
await change(`removes ${removed.name}`, 'DELETE', `/nodes/${removed.node}/qemu/${removed.vmid}`);
const target = moved.node === 'pve1' ? 'pve2' : 'pve1';
await change(`migrates ${moved.name} to ${target}`, 'POST', `/nodes/${moved.node}/qemu/${moved.vmid}/migrate`, {
  target,
  online: '1',
  'with-local-disks': '1',
});
await sleep(3000);

rollcall('discover-all');
rollcall('show-changes', '--since', before);
rollcall('list-vms');
say(`the same list as it was at ${before}`);
rollcall('list-vms', '--at', before);
rollcall('verify');
process.stdout.write(`\n\u2713 the demo ran to its end (${Math.round((Date.now() - started) / 1000)} s)\n`);
lab.kill();

/**
 * Runs a command of the program and shows it; its failure ends the demo.
 * @param {string[]} args
 */
function rollcall(...args) {
  say(`$ rollcall ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    stdio: 'inherit',
    env: {
      ...outside,
      ...environment,
      PROXMOX_VE_NAME: 'lab',
      DATABASE_URL: `file:${path.join(folder, 'rollcall.db')}`,
    },
  });
  if (status !== 0) {
    process.stdout.write(`\n\u2717 rollcall ${args[0]} ended with status ${status}\n`);
    process.exit(1);
  }
}

/** The `NAME=value` lines that the lab prints when it serves. @returns {Promise<Record<string, string>>} */
async function labEnvironment() {
  /** @type {Record<string, string>} */
  const values = {};
  let text = '';
  for await (const chunk of lab.stdout) {
    text += chunk;
    for (const [, name, value] of text.matchAll(/^(\w+)='?([^'\n]*)'?\n/gm)) if (name && value) values[name] = value;
    if (values['PROXMOX_VE_ENDPOINT'] && values['PROXMOX_VE_API_TOKEN'] && values['PROXMOX_VE_CA_FILE']) return values;
  }
  throw new Error('the lab ended before it served');
}

/**
 * One call to the API, as the owner of the lab's token.
 * @param {string} method
 * @param {string} url
 * @param {Record<string, string>} [parameters]
 * @returns {Promise<any>}
 */
function call(method, url, parameters) {
  const body = parameters ? new URLSearchParams(parameters).toString() : undefined;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${environment['PROXMOX_VE_ENDPOINT']}/api2/json${url}`, {
      method,
      ca: readFileSync(environment['PROXMOX_VE_CA_FILE'] ?? ''),
      headers: {
        Authorization: `PVEAPIToken=${environment['PROXMOX_VE_API_TOKEN']}`,
        ...(body && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) }),
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text).data);
        else reject(new Error(`${method} ${url}: ${response.statusCode} ${response.statusMessage}`));
      });
    });
    outgoing.end(body);
  });
}

/**
 * @param {string} what
 * @param {string} method
 * @param {string} url
 * @param {Record<string, string>} [parameters]
 */
async function change(what, method, url, parameters) {
  await call(method, url, parameters);
  process.stdout.write(`${environment['PROXMOX_VE_API_TOKEN']?.split('=')[0]} ${what}\n`);
}

/** @returns {Promise<{ vms: Row[] }>} */
async function inventory() {
  /** @type {Row[]} */
  const rows = await call('GET', '/cluster/resources?type=vm');
  const vms = rows.filter((row) => row.type === 'qemu' && !row.template && !row.hastate && !row.lock);
  return { vms: vms.sort((a, b) => a.vmid - b.vmid) };
}

/**
 * Who plays which part: a VM to start, to stop, to resize, to clone, to remove and to migrate.
 * @typedef {{ type: string, vmid: number, name: string, node: string, status: string, template?: number, hastate?: string, lock?: string }} Row
 * @param {Row[]} vms
 * @returns {[Row, Row, Row, Row, Row, Row]}
 */
function cast(vms) {
  const free = [...vms];
  const take = (/** @type {string} */ status) => {
    const index = free.findIndex((vm) => vm.status === status);
    const [vm] = free.splice(index, 1);
    if (index < 0 || !vm) throw new Error(`the lab has too few VMs that are ${status}`);
    return vm;
  };
  return [take('stopped'), take('running'), take('running'), take('running'), take('stopped'), take('running')];
}
