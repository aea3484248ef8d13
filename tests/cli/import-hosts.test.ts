import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ask, AskSeveral } from '../../src/cli/output/io.ts';
import { describeReaders } from '../helpers/export-readers.ts';
import { openWorld, type World } from '../helpers/world.ts';

let world: World;
let file: string;

/** Two guests with addresses, and one without. */
beforeEach(async () => {
  world = await openWorld({ nodes: 2, vms: 3, containers: 0 });
  world.env['HOME'] = world.dir;
  file = path.join(world.dir, '.ssh/rollcall.conf');
  for (const vmid of [100, 101]) setAddress(vmid, `10.0.0.${vmid}`);
  world.lab.as('admin@pve').stop(102);
  await world.rollcall('discover-all --quiet');
});

function setAddress(vmid: number, address: string): void {
  const admin = world.lab.as('admin@pve');
  admin.stop(vmid);
  admin.setConfig(vmid, { ipconfig0: `ip=${address}/24` });
}

async function later(): Promise<void> {
  world.clock.advance(3_600_000);
  await world.rollcall('discover-all --quiet');
}

async function importAll(): Promise<void> {
  await world.rollcall('import-hosts --new --user admin --yes --quiet');
}

describe('import-hosts', () => {
  it('writes entries of an SSH configuration, and says what it needs', async () => {
    expect(await world.rollcall('import-hosts 100 102 --user admin --key ~/.ssh/id_ed25519 --yes')).toEqual({
      status: 0,
      stdout: `CONNECTION  GUEST    ADDRESS     USER   FILE
web-01      lab/100  10.0.0.100  admin  ${file}
`,
      stderr: `warning: 1 guest without a known address left out: lab/102
hint: add \`Include rollcall.conf\` at the top of ${world.dir}/.ssh/config, or run it again with --include
`,
    });
    expect(readFileSync(file, 'utf8')).toBe(`# Written by \`rollcall import-hosts\`, which replaces the whole file.

# lab/100 web-01
Host web-01
    HostName 10.0.0.100
    User admin
    IdentityFile "~/.ssh/id_ed25519"
    IdentitiesOnly yes
`);
    expect((lstatSync(file).mode & 0o777).toString(8)).toBe('600');
  });

  it('shows how the file would change, and takes over new addresses of all entries', async () => {
    await importAll();
    setAddress(101, '10.0.0.201');
    await later();
    const shown = await world.rollcall('import-hosts 100 --user root --dry-run');
    expect({ ...shown }).toEqual({
      status: 0,
      stderr: '',
      stdout: `--- ${file}
+++ ${file}
@@ -3,5 +3,5 @@
 # lab/101 proxy-02
 Host proxy-02
-    HostName 10.0.0.101
+    HostName 10.0.0.201
     User admin
 
@@ -9,3 +9,3 @@
 Host web-01
     HostName 10.0.0.100
-    User admin
+    User root
`,
    });
    expect(readFileSync(file, 'utf8')).not.toContain('root');
    await world.rollcall('import-hosts 100 --user root --yes');
    expect(readFileSync(file, 'utf8')).toMatch(/10\.0\.0\.201\n[\s\S]*User root\n/);
    expect(await world.rollcall('import-hosts 100 --user root --yes')).toMatchObject({ stderr: 'nothing to change\n' });
  });

  it('gives no guest the name of a node or of a provider', async () => {
    world.lab.as('admin@pve').setConfig(100, { name: 'pve2' });
    world.lab.as('admin@pve').setConfig(101, { name: 'far' });
    await later();
    const endpoint = 'https://FAR.example.com:8006';
    await world.rollcall(`providers add other --endpoint ${endpoint} --token-id a@pve!b --secret env:X --no-check`);
    await world.rollcall('import-hosts 100 101 --yes');
    const hosts = readFileSync(file, 'utf8').match(/^Host .*$/gm);
    expect(hosts?.toSorted()).toEqual(['Host far-lab-101', 'Host pve2-lab-100']);
  });

  it('moves an entry to another file', async () => {
    await importAll();
    await world.rollcall('import-hosts 100 --file other.conf --yes');
    expect(readFileSync(path.join(world.dir, 'other.conf'), 'utf8')).toContain('Host web-01\n');
    expect(readFileSync(file, 'utf8')).not.toContain('web-01');
  });

  it('writes an Ansible inventory', async () => {
    const line = 'import-hosts 100 --format ansible --file prod.yml --user admin --group prod --yes -o json';
    const [mark] = (await world.rollcall(line)).rows;
    expect(mark).toMatchObject({ name: 'web-01', nativeId: '100', login: { user: 'admin', group: 'prod' } });
    expect(
      readFileSync(path.join(world.dir, 'prod.yml'), 'utf8'),
    ).toBe(`# Written by \`rollcall import-hosts\`, which replaces the whole file.
all:
  hosts:
    "web-01":
      ansible_host: "10.0.0.100"
      ansible_user: "admin"
      rollcall_ref: "lab/100"
  children:
    "prod":
      hosts:
        "web-01": {}
`);
    expect(await world.rollcall('import-hosts 101 --file prod.yml --yes')).toMatchObject({ status: 2 });
  });

  it.each([
    ['import-hosts', 'error: it does not say which guests'],
    ['import-hosts --new', 'error: this changes files, and nobody can be asked'],
    ['import-hosts --new --format ansible --yes', 'error: an inventory needs a file'],
    ['import-hosts --new --user -x --yes', "error: '-x' is no user"],
    ['import-hosts --new --group a-b --yes', "error: 'a-b' is no name of a group"],
    ['import-hosts --new --prune', "error: option '--prune' cannot be used with option '--new'"],
  ])('%s is refused', async (line, error) => {
    expect(await world.rollcall(line)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(error) });
  });

  it('replaces no file of another origin, and writes through no link', async () => {
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'Host mine\n');
    const refused = expect.stringContaining(`${file} was not written by import-hosts, and is not replaced`);
    expect(await world.rollcall('import-hosts --new --yes')).toMatchObject({ status: 2, stderr: refused });
    symlinkSync(file, path.join(world.dir, 'link.conf'));
    expect(await world.rollcall('import-hosts --new --file link.conf --yes')).toMatchObject({ status: 2 });
    expect(readFileSync(file, 'utf8')).toBe('Host mine\n');
    expect((await world.rollcall('import-hosts --new --dry-run --file other.conf')).status).toBe(0);
  });

  it('includes the file at the top of the configuration, once', async () => {
    const config = path.join(world.dir, '.ssh/config');
    mkdirSync(path.dirname(file));
    writeFileSync(config, 'Host *\n    User me\n');
    for (const vmid of [100, 101]) await world.rollcall(`import-hosts ${vmid} --include --yes`);
    expect(readFileSync(config, 'utf8')).toBe('Include rollcall.conf\n\nHost *\n    User me\n');
  });

  it('asks on a terminal what is meant, and writes after a yes', async () => {
    const asked: string[] = [];
    const answers: Record<string, string> = { User: 'admin', Private: '', Group: 'web' };
    const nothing = () => Promise.reject(new Error('nothing else is asked'));
    const ask: Ask = {
      text: async (message) => {
        asked.push(message);
        return answers[message.split(' ')[0] ?? ''] ?? '';
      },
      confirm: async (message) => asked.push(message) > 0,
      secret: nothing,
      choose: nothing,
    };
    const askSeveral: AskSeveral = async (message, choices) => {
      asked.push(message, ...choices.map(({ name }) => name));
      return choices.slice(1).map(({ value }) => value);
    };
    const ran = await world.rollcall('import-hosts', { io: { ask, askSeveral } });
    expect(asked).toEqual([
      'Which of these are imported?',
      expect.stringMatching(/^lab\/100 {2}web-01 {4}10\.0\.0\.100 {2}stopped/),
      expect.stringMatching(/^lab\/101 {2}proxy-02 {2}10\.0\.0\.101 {2}stopped/),
      'User that logs in (empty: as ssh decides):',
      'Private key file, as a path (empty: as ssh decides):',
      'Write this?',
      `Add \`Include rollcall.conf\` at the top of ${world.dir}/.ssh/config?`,
    ]);
    expect(ran.stderr).toContain('+Host proxy-02\n+    HostName 10.0.0.101\n+    User admin\n');
    expect(readFileSync(file, 'utf8')).toContain('Host proxy-02\n');
    expect(readFileSync(file, 'utf8')).not.toContain('Host web-01\n');
  });
});

describe('an imported guest', () => {
  it('is counted by a run, with its connection', async () => {
    await importAll();
    const [result] = (await world.rollcall('discover-all -o json')).rows as {
      summary: object;
      existingHosts: Record<string, unknown>[];
    }[];
    expect(result?.summary).toMatchObject({ total: 3, imported: 2 });
    const marks = (await world.rollcall('import-hosts 100 --user x --yes -o json')).rows;
    expect(result?.existingHosts.find(({ vmid }) => vmid === 100)).toMatchObject({
      imported: true,
      connectionId: marks[0]?.['connectionId'],
    });
    expect(result?.existingHosts.find(({ vmid }) => vmid === 102)).toMatchObject({ imported: false });
  });

  it('that is gone is told of until its entry is archived or pruned', async () => {
    await importAll();
    world.lab.as('admin@pve').destroy(100);
    world.clock.advance(3_600_000);
    const warning = `warning: the imported guest lab/100 web-01 is gone: connection web-01 in ${file} leads nowhere
hint: \`rollcall import-hosts --orphans\` lists them, --prune or --archive takes them out
`;
    // Quiet, only the run says so that has seen it.
    expect((await world.rollcall('discover-all --quiet')).stderr).toBe(warning);
    expect((await world.rollcall('discover-all --quiet')).stderr).toBe('');
    for (const line of ['discover-all', 'sync-status', 'show-changes'])
      expect((await world.rollcall(line)).stderr).toContain(warning);
    expect((await world.rollcall('sync-status --quiet')).stderr).toBe('');

    expect(await world.rollcall('import-hosts --orphans')).toEqual({
      status: 0,
      stderr: '',
      stdout: `CONNECTION  GUEST    ADDRESS     USER   FILE${' '.repeat(file.length - 4)}  PRESENCE                      GONE AT
web-01      lab/100  10.0.0.100  admin  ${file}  gone: destroyed by admin@pve  2026-11-21 11:00:00
`,
    });
    await world.rollcall('import-hosts --archive --yes');
    expect(readFileSync(file, 'utf8')).not.toContain('web-01');
    expect((await world.rollcall('sync-status')).stderr).toBe('');
    const [orphan] = (await world.rollcall('import-hosts --orphans -o json')).rows;
    expect(orphan).toMatchObject({ name: 'web-01', archivedAt: world.clock.now().toISOString() });
    await world.rollcall('import-hosts --prune --yes');
    expect(await world.rollcall('import-hosts --orphans')).toMatchObject({ stderr: 'no imported guest is gone\n' });
  });

  it('that is only unobservable is told of by nobody, and cannot be pruned', async () => {
    await importAll();
    world.lab.node('pve2').powerOff();
    await later();
    expect((await world.rollcall('list-vms 101 -o json')).rows).toMatchObject([{ presence: 'unobservable' }]);
    expect((await world.rollcall('sync-status')).stderr).not.toContain('imported');
    expect(await world.rollcall('import-hosts --prune --yes')).toMatchObject({ stderr: 'no imported guest is gone\n' });
    expect(readFileSync(file, 'utf8')).toContain('Host proxy-02\n');
  });

  it('keeps its mark where it is restored under another id', async () => {
    await importAll();
    const admin = world.lab.as('admin@pve');
    const volume = admin.backup(100);
    admin.destroy(100);
    await later();
    admin.restore(volume, { vmid: 150 });
    await later();
    expect((await world.rollcall('import-hosts --orphans -o json')).rows).toEqual([]);
    expect(await world.rollcall('sync-status')).toMatchObject({ stderr: '' });
    const [moved] = (await world.rollcall('import-hosts 150 --user root --yes -o json')).rows;
    expect(moved).toMatchObject({ name: 'web-01', nativeId: '150', login: { user: 'root' } });
    expect(readFileSync(file, 'utf8')).toContain('# lab/150 web-01\nHost web-01\n');
  });

  it('and what was restored from it, imported too, are two entries, whatever becomes of both', async () => {
    await importAll();
    const admin = world.lab.as('admin@pve');
    const volume = admin.backup(100);
    admin.restore(volume, { vmid: 150 });
    await later();
    await importAll();
    for (const vmid of [100, 150]) {
      admin.destroy(vmid);
      await later();
    }
    admin.restore(volume, { vmid: 160 });
    await later();
    const found = (await world.rollcall('import-hosts 160 --user root --yes -o json')).rows;
    expect(found).toMatchObject([{ name: 'web-01-lab-150', nativeId: '160' }]);
    const orphans = (await world.rollcall('import-hosts --orphans -o json')).rows;
    expect(orphans).toMatchObject([{ name: 'web-01', nativeId: '100' }]);
  });

  it('passes its mark to no other guest with its id', async () => {
    await importAll();
    const admin = world.lab.as('admin@pve');
    admin.destroy(100);
    await later();
    admin.create('qemu', { vmid: 100, name: 'web-01', memory: 512, ipconfig0: 'ip=10.0.0.150/24' });
    await later();
    const found = (await world.rollcall('import-hosts --new --yes -o json')).rows;
    expect(found).toMatchObject([{ name: expect.stringMatching(/^web-01-lab-100/), address: '10.0.0.150' }]);
    expect((await world.rollcall('import-hosts --orphans -o json')).rows).toMatchObject([
      { name: 'web-01', isGone: true },
    ]);
  });
});

describeReaders('ssh', () => {
  it('reads the entries through the Include', async () => {
    await world.rollcall('import-hosts 100 --user admin --port 2222 --include --yes');
    const config = path.join(world.dir, '.ssh/config');
    // ssh takes the home directory from the system, and not from HOME.
    writeFileSync(config, readFileSync(config, 'utf8').replace('rollcall.conf', file));
    const told = execFileSync('ssh', ['-G', '-F', config, 'web-01'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(told).toMatch(/^user admin$/m);
    expect(told).toMatch(/^hostname 10\.0\.0\.100$/m);
    expect(told).toMatch(/^port 2222$/m);
  });
});
