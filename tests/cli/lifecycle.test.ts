import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LifecycleWarning } from '../../src/types/lifecycle.ts';
import { openWorld, type World } from '../helpers/world.ts';

const DAY = 86_400_000;

/** What the agent of a VM calls its system. */
function tells(world: World, vmid: number, name: string, version: string): void {
  const result = { id: 'x', name, 'pretty-name': name, 'version-id': version };
  world.lab.faults.add({
    match: new RegExp(`/qemu/${vmid}/agent/get-osinfo`),
    effect: { kind: 'body', body: JSON.stringify({ data: { result } }) },
  });
}

/** VMs 100 to 102 run and have an agent; the container has none. */
async function openFleet(): Promise<World> {
  const world = await openWorld({ release: '8.4' });
  const admin = world.lab.as('admin@pve');
  for (const vmid of [100, 101, 102]) if (world.lab.guest(vmid).power === 'stopped') admin.start(vmid);
  tells(world, 100, 'Debian GNU/Linux 10 (buster)', '10');
  tells(world, 101, 'Ubuntu 22.04.5 LTS', '22.04');
  await world.rollcall('discover-all --quiet');
  return world;
}

async function list(world: World, options = ''): Promise<readonly LifecycleWarning[]> {
  return (await world.rollcall(`list-lifecycle -o json ${options}`)).json as readonly LifecycleWarning[];
}

describe('list-lifecycle', () => {
  let world: World;
  beforeAll(async () => {
    world = await openFleet();
  });

  it('lists what has ended and what ends within a year, first what ended first', async () => {
    expect(await world.rollcall('list-lifecycle')).toMatchObject({
      status: 0,
      stdout: `
SUBJECT           WHAT              ENDS                 IN  MOVE TO           HOW KNOWN
lab/100 web-01    Debian 10         2024-06-30  2 years ago  Debian 13         guest agent
lab/pve1          Proxmox VE 8      2026-08-31     82 d ago  Proxmox VE 9      node
lab/pve2          Proxmox VE 8      2026-08-31     82 d ago  Proxmox VE 9      node
lab/101 proxy-02  Ubuntu 22.04 LTS  2027-06-01     6 months  Ubuntu 26.04 LTS  guest agent
`.trimStart(),
      stderr: 'of 1 of 4 guests it is not known when support ends\nlab: as of just now, complete\n',
    });
  });

  it('lists what ends later when asked, and only the urgencies that are wanted', async () => {
    const what = async (options: string) => (await list(world, options)).map((one) => one.what);
    expect(await what('--within 2y')).toEqual([
      'Debian 10',
      'Proxmox VE 8',
      'Proxmox VE 8',
      'Ubuntu 22.04 LTS',
      'Debian 12',
    ]);
    expect(await what('--within 90d')).toEqual(['Debian 10', 'Proxmox VE 8', 'Proxmox VE 8']);
    expect(await what('--urgency later')).toEqual(['Ubuntu 22.04 LTS']);
    expect(await what('--urgency soon')).toEqual([]);
    expect(await what('--within 2y --urgency "soon,later" --sort=-ends')).toEqual(['Debian 12', 'Ubuntu 22.04 LTS']);
  });

  it('counts by release', async () => {
    const { stdout } = await world.rollcall('list-lifecycle --summary --urgency ended');
    expect(stdout).toBe(
      `
WHAT          ENDS                 IN  MOVE TO       COUNT
Debian 10     2024-06-30  2 years ago  Debian 13         1
Proxmox VE 8  2026-08-31     82 d ago  Proxmox VE 9      2
`.trimStart(),
    );
    expect((await world.rollcall('list-lifecycle --summary -o json')).rows[1]).toMatchObject({
      release: 'proxmox-ve/8',
      subjects: ['lab/pve1', 'lab/pve2'],
    });
  });

  it('tells machines everything, with the page of the vendor', async () => {
    const [first] = await list(world);
    expect(first).toEqual({
      id: `guest/${first?.subject.id}/debian/10`,
      subject: { kind: 'guest', id: expect.any(String), name: 'web-01', ref: 'lab/100', provider: 'lab' },
      what: 'Debian 10',
      release: 'debian/10',
      ends: '2024-06-30',
      urgency: 'ended',
      moveTo: 'Debian 13',
      note: 'regular support until 2022-09-10, then LTS',
      source: 'https://wiki.debian.org/DebianReleases',
      basis: 'agent',
    });
    expect((await world.rollcall('list-lifecycle -o name --urgency ended')).stdout).toBe(
      'lab/100\nlab/pve1\nlab/pve2\n',
    );
    const csv = (await world.rollcall('list-lifecycle -o csv --columns subject,daysLeft,basis')).stdout;
    expect(csv).toBe(
      'subject,daysLeft,basis\nlab/100,-874,agent\nlab/pve1,-82,node\nlab/pve2,-82,node\nlab/101,192,agent\n',
    );
  });

  it('is in the report of the same guests and their nodes', async () => {
    const report = async (selector: string) => (await world.rollcall(`export html ${selector}`)).stdout;
    expect(await report('')).toContain(
      '<tr><td>Proxmox VE 8</td><td class="plain">2026-08-31</td><td class="warn">over</td>',
    );
    const one = await report('100');
    expect(one).toContain('<td>lab/100</td>');
    expect(one).toContain('Of 0 of 1 guests it is not known.');
    expect(one).not.toContain('Ubuntu 22.04');
    expect(one).toContain('<td class="number">1</td><td>lab/pve1</td>');
  });

  it('makes no call to a provider', async () => {
    world.lab.clearRequests();
    await list(world);
    expect(world.lab.requests).toEqual([]);
  });

  it.each([
    ['--within 1h', "error: '1h' is not a number of days, weeks or years\nhint: write 90d, 26w or 1y\n"],
    ['--urgency son', "error: there is no urgency 'son'\nhint: did you mean soon? there are: ended, soon, later\n"],
    ['--provider nobody', 'error: '],
  ])('refuses %s', async (options, words) => {
    const { status, stdout, stderr } = await world.rollcall(`list-lifecycle ${options}`);
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
  });
});

describe('what has changed', () => {
  let world: World;
  beforeEach(async () => {
    world = await openFleet();
  });

  it('is no longer listed once a guest runs a newer release, or is gone', async () => {
    world.lab.faults.clear();
    tells(world, 100, 'Debian GNU/Linux 10 (buster)', '10');
    world.clock.advance(2 * DAY);
    await world.rollcall('discover-all --quiet');
    expect((await list(world)).map(({ subject }) => subject.ref)).toEqual(['lab/100', 'lab/pve1', 'lab/pve2']);
    const admin = world.lab.as('admin@pve');
    admin.stop(100);
    admin.destroy(100);
    world.clock.advance(DAY);
    await world.rollcall('discover-all --quiet');
    expect((await list(world)).map(({ subject }) => subject.ref)).toEqual(['lab/pve1', 'lab/pve2']);
  });
});

it('knows a guest without an agent by the image in its drive', async () => {
  const world = await openWorld({ release: '9.2' });
  const admin = world.lab.as('admin@pve');
  if (world.lab.guest(100).power === 'running') admin.stop(100);
  admin.setConfig(100, { ide2: 'local:iso/debian-11.7.0-amd64-netinst.iso,media=cdrom' });
  await world.rollcall('discover-all --quiet');
  expect((await list(world)).map(({ what, basis, subject }) => [what, basis, subject.ref])).toEqual([
    ['Debian 11', 'image', 'lab/100'],
  ]);
  expect((await world.rollcall('list-lifecycle')).stdout).toContain('image name');
});

it("warns of the cluster's CA that a provider trusts", async () => {
  const world = await openWorld({ release: '9.2' });
  const [tokenId, secret] = world.lab.token.split('=');
  const from = 'PROXMOX_VE_ENDPOINT PROXMOX_VE_API_TOKEN PROXMOX_VE_CA_FILE PROXMOX_VE_NAME'.split(' ');
  const env = { ...Object.fromEntries(from.map((name) => [name, undefined])), SECRET: secret };
  const trust = `--token-id ${tokenId} --secret env:SECRET --fingerprint ${world.lab.fingerprint}`;
  await world.rollcall(`providers add prod --endpoint ${world.lab.url} ${trust}`, { env });
  expect(await world.rollcall('providers trust prod --cluster-ca', { env })).toMatchObject({ status: 0 });
  expect(await list(world)).toEqual([]);
  world.clock.advance(3600 * DAY);
  expect(await list(world)).toMatchObject([
    {
      subject: { kind: 'provider', name: 'prod', ref: 'prod' },
      what: "certificate of the cluster's CA",
      urgency: 'soon',
      moveTo: 'a new CA, then: rollcall providers trust prod --cluster-ca',
      basis: 'certificate',
      source: 'the certificate',
    },
  ]);
});
