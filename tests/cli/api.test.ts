import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld, type World } from '../helpers/world.ts';

// Loaded by the command: see world.ts.
import '../../src/app/api-session.ts';
import '../../src/cli/calls/open-call.ts';
import '../../src/cli/calls/print-answer.ts';
import '../../src/cli/calls/send-call.ts';

let world: World;
const rollcall = (line: string) => world.rollcall(`${line} --utc`);
/** Verbs and paths of what the server was sent. */
const asked = () => world.lab.requests.map(({ method, path: where }) => `${method} ${where}`);
const writes = () => world.lab.requests.filter(({ method }) => method !== 'GET');

beforeAll(async () => {
  world = await openWorld();
  await rollcall('discover-all --quiet');
});
beforeEach(() => world.lab.clearRequests());

describe('api get', () => {
  it('prints a list as a table', async () => {
    const { status, stdout, stderr } = await rollcall(
      'api get /cluster/resources type=vm --columns vmid,name,node,status',
    );
    expect({ status, stderr }).toEqual({ status: EXIT.done, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'VMID  NAME       NODE  STATUS',
      ' 100  web-01     pve1  running',
      ' 101  proxy-02   pve2  running',
      ' 102  app-03     pve1  running',
      ' 200  ct-app-01  pve1  running',
      '',
    ]);
    expect(asked()).toEqual(['GET /version', 'GET /cluster/resources?type=vm']);
  });

  it('prints an object as JSON, and a text as it is', async () => {
    expect((await rollcall('api get /version')).json).toMatchObject({ version: '8.4.21', release: '8.4' });
    const { stdout } = await rollcall('api get /cluster/nextid');
    expect(stdout).toBe('103\n');
  });

  it('prints the value itself with -o json, and rows with -o csv', async () => {
    const { rows } = await rollcall('api get /nodes -o json');
    expect(rows.map(({ node }) => String(node)).toSorted((a, b) => a.localeCompare(b))).toEqual(['pve1', 'pve2']);
    const csv = await rollcall('api get /nodes -o csv --columns node,status --sort node');
    expect(csv.stdout).toBe('node,status\npve1,online\npve2,online\n');
    expect((await rollcall('api get /nodes -o name --sort node')).stdout).toBe('node/pve1\nnode/pve2\n');
  });

  it('finds a guest of the inventory, also after it has moved', async () => {
    const [guest] = (await rollcall('list-vms -o json')).rows;
    const { json } = await rollcall(`api get config --guest ${String(guest?.['name'])}`);
    expect(json).toMatchObject({ name: guest?.['name'] });
    world.lab.as('root@pam').migrate(Number(guest?.['vmid']), guest?.['node'] === 'pve1' ? 'pve2' : 'pve1');
    world.lab.clearRequests();
    const moved = await rollcall(`api get status/current --guest ${String(guest?.['vmid'])}`);
    expect(moved).toMatchObject({ status: EXIT.done, stderr: '' });
    expect(asked().at(-1)).toBe(
      `GET /nodes/${guest?.['node'] === 'pve1' ? 'pve2' : 'pve1'}/qemu/${String(guest?.['vmid'])}/status/current`,
    );
  });
});

describe('a call that the server would refuse', () => {
  it.each([
    [
      'api get /nodes/pve1/qemus',
      'error: Proxmox VE 8.4 has no path /nodes/pve1/qemus\nhint: did you mean /nodes/pve1/qemu?\n',
    ],
    [
      'api delete /nodes/pve1/qemu/100/config',
      'error: /nodes/{node}/qemu/{vmid}/config cannot be used with delete\nhint: it takes: get, create, set\n',
    ],
    [
      'api set /nodes/pve1/qemu/100/resize dsk=scsi0 size=+1G',
      [
        'error: set /nodes/{node}/qemu/{vmid}/resize has 2 problems:',
        '  - there is no parameter dsk: did you mean disk?',
        '  - disk is missing: one of ide0',
        'hint: required: disk, size; optional: digest, skiplock; nothing was sent',
        '',
      ].join('\n'),
    ],
    ['api get /nodes memory', 'error: memory is no parameter\nhint: write name=value\n'],
  ])('%s: nothing is sent but reads', async (line, expected) => {
    const { status, stdout, stderr } = await rollcall(line);
    expect({ status, stdout, stderr: stderr.replace(/ide0,.*/, 'ide0') }).toEqual({
      status: EXIT.usage,
      stdout: '',
      stderr: expected,
    });
    expect(asked().filter((one) => one !== 'GET /version')).toEqual([]);
  });

  it('names the file that it cannot read, and never the value of a secret', async () => {
    const missing = await rollcall('api set /access/password userid=a@pve password=@missing --yes');
    expect(missing).toMatchObject({ status: EXIT.usage, stderr: expect.stringContaining('missing cannot be read') });
    const { stderr } = await rollcall('api set /access/password userid=a@pve password=abc --yes');
    expect(stderr).toContain('warning: password is on the command line');
    expect(stderr).not.toContain('abc');
  });
});

describe('a provider that is only read', () => {
  it.each([
    'api create /nodes/pve1/qemu/100/status/stop --yes',
    'api set /nodes/pve1/qemu/100/config memory=4096 --yes',
    'api delete /nodes/pve1/qemu/100 --yes',
    'api create status/start --guest 101 --yes',
    'api set /access/acl path=/ roles=Administrator users=a@pve --yes',
    'api create /nodes/pve1/vzdump all=1 --yes --no-wait',
    'api set /cluster/options keyboard=de --dry-run',
  ])('%s: not one request but GET leaves', async (line) => {
    const { status, stderr } = await rollcall(line);
    expect({ status, stderr }).toEqual({
      status: EXIT.denied,
      stderr: expect.stringMatching(
        /: lab does not allow [\w, ]+: it is only read\nhint: its owner allows it: rollcall providers update lab --allow /,
      ),
    });
    expect(writes()).toEqual([]);
  });
});

describe('a value of a parameter', () => {
  it('comes from a file, without its last line break; @@ stands for @', async () => {
    writeFileSync(path.join(world.dir, 'notes.md'), 'first\nsecond\n');
    const { json } = await rollcall(
      'api set /nodes/pve1/qemu/100/config description=@notes.md name=@@x --dry-run -o json',
    );
    expect(json).toMatchObject({ parameters: { description: 'first\nsecond', name: '@x' } });
  });
});
