import { expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type CaseRun, describeCases, type FieldCase, runCase } from './field-case.ts';

const GIB = 2 ** 30;
const TIB = 2 ** 40;
const MIB = 2 ** 20;

/** `list-vms` or `list-containers`, by vmid. */
async function guestsOf(one: FieldCase, command = 'list-vms'): Promise<Record<string, Record<string, unknown>>> {
  const { rows } = await one.run(`${command} -o json`);
  return Object.fromEntries(rows.map((row) => [String(row['vmid']), row]));
}

async function changesOf(one: FieldCase, filter = ''): Promise<readonly Record<string, unknown>[]> {
  return (await one.run(`show-changes --kind changed -o json ${filter}`)).rows;
}

function statuses(runs: readonly CaseRun[]): (number | null)[] {
  return runs.map(({ status }) => status);
}

describeCases('a guest as its server has it', () => {
  it('01-multi-disk: DISK is the sum, BOOT DISK the one it boots from', async () => {
    const guests = await guestsOf(await runCase('01-multi-disk'));
    expect(guests['999']).toMatchObject({
      cpus: 4,
      memoryBytes: 8 * GIB,
      diskBytes: 32 * GIB + 27 * TIB,
      bootDiskBytes: 32 * GIB,
    });
  });

  it('02-cdrom-first: neither a CD-ROM nor a cloud-init drive is a disk', async () => {
    const guests = await guestsOf(await runCase('02-cdrom-first'));
    expect(guests['110']).toMatchObject({ diskBytes: 64 * GIB, bootDiskBytes: 64 * GIB });
    expect(guests['111']).toMatchObject({ diskBytes: 20 * GIB, bootDiskBytes: 20 * GIB });
  });

  it('03-paused: what does not run is suspended, with the reason', async () => {
    const one = await runCase('03-paused');
    const guests = await guestsOf(one);
    expect(Object.values(guests).map(({ status, qmpstatus }) => [status, qmpstatus])).toEqual([
      ['suspended', 'paused'],
      ['suspended', 'io-error'],
      ['suspended', 'prelaunch'],
    ]);
    expect((await one.run('list-vms --status running -o json')).rows).toEqual([]);
    expect((await one.run('list-vms')).stdout).toMatch(/suspended \(io-error\)/);
  });

  it('08-lxc-raw: a line that is taken out is what a change shows', async () => {
    const one = await runCase('08-lxc-raw');
    expect(await changesOf(one)).toMatchObject([{ vmid: 101, path: 'lxc' }]);
    const shown = await one.run('show-changes --guest 101 --kind changed');
    expect(shown.stdout).toContain('removed lxc.cgroup2.devices.allow c 10:229 rwm');
    expect(shown.stdout).not.toContain('renderD128');
  });

  it('10-oci-9.1: variables separated by NUL are no change, and only the secret among them is hidden', async () => {
    const one = await runCase('10-oci-9.1');
    expect(statuses(one.discovered)).toEqual([EXIT.done, EXIT.done, EXIT.done, EXIT.done]);
    expect(await changesOf(one)).toEqual([]);
    const env = JSON.stringify((await guestsOf(one, 'list-containers'))['300']?.['document']);
    expect(env).toMatch(/REDIS_VERSION=8\.2.*REDIS_PASSWORD=«hidden:[^»]*».*TZ=Europe\/Berlin/);
    expect(env).not.toContain('hunter2');
    expect(await one.run('db backup backup.db')).toMatchObject({ status: EXIT.done });
  });

  it('11-passthrough: disks passed through count, vcpus are the CPUs, and a size that nobody tells is unknown', async () => {
    const one = await runCase('11-passthrough');
    const guests = await guestsOf(one);
    const raw = 3907018584 * 1024;
    expect(guests['120']).toMatchObject({
      cpus: 2,
      memoryBytes: 16 * GIB,
      diskBytes: 32 * GIB + raw + 4000787030016,
      bootDiskBytes: 32 * GIB,
      document: { 'hostpci1.mapping': 'gpu-a', 'usb0.host': '1-2.3', 'numa0.policy': 'bind' },
    });
    expect([guests['121']?.['diskBytes'], guests['122']?.['diskBytes']]).toEqual([null, null]);
    expect((await one.run('list-vms --sort -diskBytes -o name')).stdout).toMatch(/^pve\/120\n/);
  });

  it('12-pools-nested: a guest that moves to the pool above has one change', async () => {
    const one = await runCase('12-pools-nested');
    const named = async (line: string) => (await one.run(`${line} -o name`)).stdout;
    expect(await named('list-vms --pool parent')).toBe('pve/100\npve/101\n');
    expect(await named("list-containers --pool 'parent/*'")).toBe('pve/102\n');
    expect(await changesOf(one)).toMatchObject([{ vmid: 100, path: 'pool', before: 'parent/child', after: 'parent' }]);
  });

  it('15-odd-config: legal but odd values are kept as they are', async () => {
    const one = await runCase('15-odd-config');
    const guests = await guestsOf(one);
    expect(guests['254']).toMatchObject({
      cpus: 16,
      memoryBytes: 64 * GIB,
      diskBytes: 52224 * MIB,
      tags: ['k8s', 'prod'],
      document: {
        ciuser: '007',
        cicustom: '',
        'ide2.file': 'local:iso/odd:name (1).iso',
        'net0.trunks': '10;20-30',
        'net1.macaddr': '4A:A1:23:F5:85:48',
        'smbios1.serial': 'MDAxMg==',
        sshkeys: expect.stringMatching(/^«hidden:/),
        description: expect.stringContaining('# Größe ✓ 日本\n| a | b |'),
      },
    });
    // `VM 255` is what the server shows for a VM without a name.
    expect(guests['255']).toMatchObject({ name: null, memoryBytes: 512 * MIB });
    const yaml = await one.run('list-vms -o yaml');
    expect(parseYaml(yaml.stdout)).toEqual((await one.run('list-vms -o json')).rows);
    // No line of a description may pass for a line of the table.
    expect((await one.run('show-vm 254')).stdout).not.toMatch(/^# Größe/m);
  });

  it('21-disk-sizes: sizes are what the server would compute from them', async () => {
    const one = await runCase('21-disk-sizes');
    expect((await guestsOf(one))['130']).toMatchObject({ memoryBytes: 2 * GIB, diskBytes: 2 * TIB });
    const containers = await guestsOf(one, 'list-containers');
    // `size=0T`: a directory without a limit, whose size is that of the storage.
    expect(containers['131']).toMatchObject({ bootDiskBytes: 100861726720, diskBytes: 100861726720 + 1.5 * TIB });
    expect(containers['132']).toMatchObject({ cpus: 0.5, memoryBytes: 67430150144, diskBytes: null });
  });

  it('22-stopped-cpu: what is stopped has no load', async () => {
    const one = await runCase('22-stopped-cpu');
    expect((await guestsOf(one))['106']).toMatchObject({ status: 'stopped', telemetry: null });
    expect((await guestsOf(one, 'list-containers'))['107']).toMatchObject({ status: 'stopped', telemetry: null });
    expect((await one.run('list-vms -o csv --columns vmid,cpu,memoryUsedBytes')).stdout).toMatch(/\n106,,\n/);
  });

  it('25-templates: are told apart from guests', async () => {
    const one = await runCase('25-templates');
    expect(await guestsOf(one)).toMatchObject({ 9000: { isTemplate: true }, 100: { isTemplate: false } });
    expect((await guestsOf(one, 'list-containers'))['9001']).toMatchObject({ isTemplate: true });
    const [node] = (await one.run('list-nodes -o json')).rows;
    expect(node?.['guests']).toEqual({ total: 3, running: 1, templates: 2 });
  });

  it('29-duplicate-names: a vmid comes before a name, and a name of several is asked about', async () => {
    const one = await runCase('29-duplicate-names');
    const ambiguous = await one.run('show-vm proxy');
    expect(ambiguous).toMatchObject({ status: EXIT.usage, stdout: '' });
    expect(ambiguous.stderr).toMatch(/names 2 guests[\s\S]*pve\/100 .*\n.*pve\/102 /);
    const shown = async (line: string) => JSON.parse((await one.run(`${line} -o json`)).stdout) as unknown;
    expect(await shown('show-container proxy')).toMatchObject({ vmid: 101 });
    for (const ref of ['102', 'pve/102'])
      expect(await shown(`show-vm ${ref}`)).toMatchObject({ vmid: 102, name: 'proxy' });
    const vmids = (await one.run('show-changes --guest proxy -o json')).rows.map(({ vmid }) => vmid);
    expect(vmids).toEqual([100, 101, 102]);
  });

  it('38-backup-of-stopped: a backup that starts a stopped VM is no change of its power', async () => {
    const one = await runCase('38-backup-of-stopped');
    expect(await changesOf(one)).toEqual([]);
    expect((await guestsOf(one))['110']).toMatchObject({ status: 'stopped', lock: null });
    expect((await one.run('list-tasks --type vzdump -o json')).rows).toMatchObject([{ state: 'ok' }]);
  });

  it('44-no-ip: who has no address in its configuration is asked inside', async () => {
    const one = await runCase('44-no-ip');
    expect(one.server.requests.filter((line) => /snapshot/.test(line))).toEqual([]);
    expect((await guestsOf(one, 'list-containers'))['200']).toMatchObject({
      document: { 'net0.ip': 'dhcp' },
      addresses: [{ address: '10.0.0.53', prefix: 24, source: 'guest', interface: 'eth0', mac: 'BC:24:11:00:02:00' }],
    });
    expect((await guestsOf(one))['201']).toMatchObject({
      document: { 'agent.enabled': 1 },
      addresses: [{ address: '10.0.0.54', source: 'guest' }],
    });
    expect((await one.run('list-guests ip=10.0.0.0/24 --columns vmid,ip --no-headers')).stdout).toBe(
      '200  10.0.0.53\n201  10.0.0.54\n',
    );
  });

  it('16-yaml: every list is YAML, with the values of JSON', async () => {
    const one = await runCase('16-yaml');
    for (const command of ['list-vms', 'list-nodes', 'show-changes', 'sync-status']) {
      const [yaml, json] = [await one.run(`${command} -o yaml`), await one.run(`${command} -o json`)];
      expect(yaml).toMatchObject({ status: EXIT.done });
      expect({ command, value: parseYaml(yaml.stdout) }).toEqual({ command, value: json.rows });
    }
  });
});
