import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LifecycleWarning } from '../../src/types/lifecycle.ts';
import { openWorld, START, type World } from '../helpers/world.ts';

const DAY = 86_400_000;
const seconds = (time: Date) => Math.floor(time.getTime() / 1000);
const inDays = (days: number) => new Date(START.getTime() + days * DAY);

async function expiring(world: World, options = ''): Promise<readonly LifecycleWarning[]> {
  const all = (await world.rollcall(`list-lifecycle -o json ${options}`)).json as readonly LifecycleWarning[];
  return all.filter(({ subject }) => subject.kind === 'provider');
}

/** What the server tells of the user of the token; its token is `lab`. */
function tells(world: World, expire: number, token: number): void {
  const tokens = { lab: { expire: token, privsep: 0 }, other: { expire: 1, privsep: 0 } };
  world.lab.faults.add({
    match: /\/access\/users\//,
    effect: { kind: 'body', body: JSON.stringify({ data: { enable: 1, expire, groups: [], tokens } }) },
  });
}

const usersAsked = ({ lab }: World) => lab.requests.filter(({ path }) => path.includes('/access/users/')).length;

describe('the certificate of a server', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld({ nodes: 1, vms: 1, release: '9.2' });
    await world.rollcall('discover-all --quiet');
  });

  /** Certificates of the lab are made by the clock of the machine, for 730 days. */
  function daysBeforeItsEnd(days: number): void {
    world.clock.advance(Date.now() + (730 - days) * DAY - world.clock.now().getTime());
  }

  it('is a warning once it should have been renewed, and of the one that is shown now', async () => {
    daysBeforeItsEnd(20);
    expect(await expiring(world)).toEqual([]);
    daysBeforeItsEnd(8);
    expect(await expiring(world)).toMatchObject([
      {
        what: 'certificate of pve1',
        urgency: 'soon',
        basis: 'certificate',
        release: `certificate/${world.lab.fingerprint}`,
        moveTo: 'a new certificate',
        note: expect.stringContaining('pvecm updatecerts'),
        subject: { kind: 'provider', ref: 'lab' },
      },
    ]);
    const before = world.lab.fingerprint;
    world.lab.rotateCertificate('pve1');
    await world.rollcall('discover-all --quiet');
    expect(world.lab.fingerprint).not.toBe(before);
    expect((await expiring(world)).map(({ release }) => release)).toEqual([`certificate/${world.lab.fingerprint}`]);
  });
});

describe('the credential', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld({ nodes: 1, vms: 1, release: '9.2' });
  });

  it.each([
    ['its own', 0, 40, 40],
    ['that of its user, where it is first', 30, 40, 30],
    ['that of its user, where it has none', 30, 0, 30],
  ])('has an end: %s', async (_which, user, token, wanted) => {
    const at = (days: number) => (days === 0 ? 0 : seconds(inDays(days)));
    tells(world, at(user), at(token));
    await world.rollcall('discover-all --quiet');
    expect(await expiring(world)).toMatchObject([
      {
        what: 'API token root@pam!lab',
        ends: inDays(wanted).toISOString().slice(0, 10),
        urgency: 'soon',
        basis: 'credential',
        source: 'the server',
      },
    ]);
  });

  it('may be an account with a password', async () => {
    tells(world, seconds(inDays(30)), seconds(inDays(20)));
    const { user, password } = world.lab.password;
    const env = { PROXMOX_VE_API_TOKEN: undefined, PROXMOX_USER: user, PROXMOX_PASSWORD: password };
    expect(await world.rollcall('discover-all --quiet', { env })).toMatchObject({ status: 0 });
    expect(await expiring(world)).toMatchObject([{ what: `account ${user}`, basis: 'credential', note: null }]);
  });

  it('has none where the server says so, or does not say it', async () => {
    await world.rollcall('discover-all --quiet');
    expect(usersAsked(world)).toBe(1);
    expect(await expiring(world)).toEqual([]);
  });

  it('is asked for once a day, and not again where it may not be', async () => {
    const env = { PROXMOX_VE_API_TOKEN: world.lab.noRightsToken };
    for (let run = 0; run < 3; run++) {
      await world.rollcall('discover-all --quiet', { env });
      world.clock.advance(3_600_000);
    }
    expect(usersAsked(world)).toBe(1);
    world.clock.advance(DAY);
    await world.rollcall('discover-all --quiet', { env });
    expect(usersAsked(world)).toBe(2);
  });

  it('is not that of another token that was used before', async () => {
    tells(world, 0, seconds(inDays(40)));
    await world.rollcall('discover-all --quiet');
    expect(await expiring(world)).toHaveLength(1);
    await world.rollcall('discover-all --quiet', { env: { PROXMOX_VE_API_TOKEN: world.lab.auditorToken } });
    expect(await expiring(world)).toEqual([]);
  });
});
