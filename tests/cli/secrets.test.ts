import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { storedBytes } from '../helpers/postgres.ts';
import { openWorld, type Ran, type World } from '../helpers/world.ts';

const DESCRIPTION_TOKEN = 'root@pam!ci=99999999-8888-7777-6666-555555555555';
const CI_PASSWORD = 'cloud-init-hunter2';

let world: World;
let printed = '';
const given: string[] = [];

/** Every command there is, with each way to log in, and with failures. */
beforeAll(async () => {
  world = await openWorld();
  const { lab } = world;
  lab.as('admin@pve').setConfig(100, { cipassword: CI_PASSWORD, description: `token ${DESCRIPTION_TOKEN}` });
  given.push(CI_PASSWORD, secretOf(DESCRIPTION_TOKEN), secretOf(lab.token), secretOf(lab.auditorToken));
  given.push(lab.password.password, lab.totp.secret);
  const logins: Record<string, string | undefined>[] = [
    {},
    { PROXMOX_VE_API_TOKEN: lab.auditorToken },
    { PROXMOX_VE_API_TOKEN: undefined, PROXMOX_USER: lab.password.user, PROXMOX_PASSWORD: lab.password.password },
    {
      PROXMOX_VE_API_TOKEN: undefined,
      PROXMOX_USER: lab.totp.user,
      PROXMOX_PASSWORD: lab.totp.password,
      PROXMOX_TOTP_SECRET: lab.totp.secret,
    },
  ];
  for (const env of logins) {
    for (const line of ['discover-all --verbose', 'providers test', 'discover-all -o json'])
      keep(await world.rollcall(line, { env }));
    world.clock.advance(60_000);
  }
  await runReaders();
  await runFailures();
}, 60_000);

function secretOf(token: string): string {
  return token.slice(token.indexOf('=') + 1);
}

function keep({ stdout, stderr }: Ran): void {
  printed += stdout + stderr;
}

async function runReaders(): Promise<void> {
  const commands =
    `list-nodes, list-vms, list-containers, list-storage, list-tasks, list-lifecycle, show-vm 100, show-container 200, show-changes,
    sync-status, providers list, providers list --all, providers show lab, doctor, providers trust lab, verify, prune --dry-run, show-vm 100 --diff 1h now`.split(
      /,\s+/,
    );
  for (const line of commands) {
    for (const format of ['table', 'wide', 'json', 'yaml', 'csv', 'name'])
      keep(await world.rollcall(`${line} -o ${format} --verbose`));
  }
}

async function runFailures(): Promise<void> {
  const { lab } = world;
  writeFileSync(path.join(world.dir, 'open.secret'), secretOf(lab.token), { mode: 0o644 });
  const wrong = `${lab.token}x`;
  given.push(secretOf(wrong));
  keep(await world.rollcall('discover-all --verbose', { env: { PROXMOX_VE_API_TOKEN: wrong } }));
  keep(await world.rollcall('discover-all --verbose', { env: { PROXMOX_VE_API_TOKEN: secretOf(lab.token) } }));
  keep(
    await world.rollcall('discover-all --verbose', {
      env: { PROXMOX_HOST: lab.token, PROXMOX_VE_ENDPOINT: undefined },
    }),
  );
  const add = ['providers', 'add', 'other', '--endpoint', lab.url, '--token-id', 'root@pam!lab', '--secret'];
  keep(await world.rollcall([...add, secretOf(lab.token), '--verbose']));
  keep(await world.rollcall([...add, 'file:open.secret']));
  keep(await world.rollcall('discover-all --provider other --verbose'));
  lab.faults.add({ match: /GET .*\/version/, effect: { kind: 'status', status: 500, reason: `echo ${wrong}` } });
  keep(await world.rollcall('discover-all --verbose'));
  lab.faults.clear();
}

it('ran', () => {
  expect(printed).toContain('lab: 4 guests');
  expect(printed).toContain('«hidden:');
  expect(printed).toMatch(/can be read by others \(mode 644\)/);
});

it('prints no token, password, ticket or second factor', () => {
  for (const secret of given)
    expect({ secret, isPrinted: printed.includes(secret) }).toEqual({ secret, isPrinted: false });
  expect(printed).not.toMatch(/PVE:[^\s:]+:[0-9A-F]{8}::/);
});

it('stores none of them, in none of the files or tables of the database', async () => {
  const bytes = await storedBytes(world.database);
  expect(bytes).toContain('env:PROXMOX_VE_API_TOKEN');
  for (const secret of given) expect({ secret, isStored: bytes.includes(secret) }).toEqual({ secret, isStored: false });
  expect(bytes).not.toMatch(/PVE:[^\s:]+:[0-9A-F]{8}::/);
});
