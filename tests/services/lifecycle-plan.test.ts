import { describe, expect, it } from '@jest/globals';
import { lifecycleWarning } from '../../src/protocol/feed.ts';
import { storedExpiries } from '../../src/services/lifecycle/expiry.ts';
import { groupWarnings } from '../../src/services/lifecycle/group-warnings.ts';
import { type LifecycleFacts, planWarnings } from '../../src/services/lifecycle/plan-warnings.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const NONE: LifecycleFacts = { guests: [], nodes: [], providers: [], expiries: [] };
const PROVIDER = { id: 'p1', name: 'lab', type: 'proxmox' };

function guest(vmid: number, name: string, version: string | null): LifecycleFacts['guests'][number] {
  return {
    id: `g${vmid}`,
    providerName: 'lab',
    nativeId: String(vmid),
    name: `vm-${vmid}`,
    os: { name, version },
    osType: 'l26',
    isTemplate: false,
    document: {},
  };
}

function node(name: string, version: string | null): LifecycleFacts['nodes'][number] {
  return { id: `n-${name}`, providerId: 'p1', providerName: 'lab', name, version };
}

function expiry(endsAt: string): LifecycleFacts['expiries'][number] {
  return {
    providerId: 'p1',
    key: 'certificate/AA',
    what: 'a certificate',
    basis: 'certificate',
    renewedDays: null,
    note: null,
    endsAt: new Date(endsAt),
    moveTo: 'another',
  };
}

describe('warnings', () => {
  it('say who, what, when, how urgent, what to move to, and who says so', () => {
    const facts = { ...NONE, guests: [guest(100, 'Ubuntu 20.04.6 LTS', '20.04')] };
    expect(planWarnings(facts, { now: NOW })).toEqual({
      warnings: [
        {
          id: 'guest/g100/ubuntu/20.04',
          subject: { kind: 'guest', id: 'g100', name: 'vm-100', ref: 'lab/100', provider: 'lab' },
          what: 'Ubuntu 20.04 LTS',
          release: 'ubuntu/20.04',
          ends: '2025-05-29',
          urgency: 'ended',
          moveTo: 'Ubuntu 26.04 LTS',
          note: 'Ubuntu Pro until 2030-04-23',
          source: 'https://wiki.ubuntu.com/Releases',
          basis: 'agent',
        },
      ],
      guests: { total: 1, unknown: 0 },
    });
  });

  it('keep their id while their urgency rises, and lose it with the release', () => {
    const at = (day: string, version: string) =>
      planWarnings({ ...NONE, guests: [guest(100, 'Debian GNU/Linux', version)] }, { now: new Date(day) }).warnings;
    const ids = ['2025-09-01', '2026-08-01', '2027-01-01'].flatMap((day) =>
      at(day, '11').map(({ id, urgency }) => [id, urgency]),
    );
    expect(ids).toEqual([
      ['guest/g100/debian/11', 'later'],
      ['guest/g100/debian/11', 'soon'],
      ['guest/g100/debian/11', 'ended'],
    ]);
    expect(at('2027-01-01', '12')).toEqual([]);
  });

  it('of a release count its last day, and those of a certificate the second', () => {
    const urgencies = (facts: LifecycleFacts, times: readonly string[]) =>
      times.map((time) => planWarnings(facts, { now: new Date(time) }).warnings[0]?.urgency);
    const pve = { ...NONE, nodes: [node('pve1', '8.4.21')], providers: [PROVIDER] };
    expect(
      urgencies(pve, ['2026-06-02T23:59:59Z', '2026-06-03T00:00:00Z', '2026-08-31T23:59:59Z', '2026-09-01T00:00:00Z']),
    ).toEqual(['later', 'soon', 'soon', 'ended']);
    const certificate = { ...NONE, expiries: [expiry('2026-08-31T12:00:00Z')], providers: [PROVIDER] };
    expect(urgencies(certificate, ['2026-08-31T11:59:59Z', '2026-08-31T12:00:00Z'])).toEqual(['soon', 'ended']);
  });

  it('leave out what ends later than asked, and what is over never', () => {
    const facts = {
      ...NONE,
      guests: [
        guest(100, 'Debian GNU/Linux 10 (buster)', '10'),
        guest(101, 'Ubuntu 22.04.5 LTS', '22.04'),
        guest(102, 'Debian GNU/Linux 12 (bookworm)', '12'),
      ],
    };
    const names = (withinDays?: number) =>
      planWarnings(facts, { now: NOW, ...(withinDays !== undefined && { withinDays }) }).warnings.map(
        ({ what }) => what,
      );
    expect(names(30)).toEqual(['Debian 10']);
    expect(names()).toEqual(['Debian 10', 'Ubuntu 22.04 LTS']);
    expect(names(730)).toEqual(['Debian 10', 'Ubuntu 22.04 LTS', 'Debian 12']);
  });

  it('come with the number of guests of which nobody knows when their support ends', () => {
    const facts = {
      ...NONE,
      guests: [
        { ...guest(100, '', null), os: null },
        guest(101, 'Windows 11 Pro', '11'),
        guest(102, 'Debian GNU/Linux 12 (bookworm)', '12'),
      ],
    };
    expect(planWarnings(facts, { now: NOW })).toEqual({ warnings: [], guests: { total: 3, unknown: 2 } });
  });

  it('say nothing of a node whose version, or whose kind, is unknown', () => {
    const nodes = [node('pve1', null), node('pve2', '9.2'), { ...node('pve3', '7.4'), providerId: 'gone' }];
    expect(planWarnings({ ...NONE, nodes, providers: [PROVIDER] }, { now: NOW }).warnings).toEqual([]);
  });

  it('are grouped by release', () => {
    const facts = {
      ...NONE,
      guests: [
        guest(100, 'CentOS Linux 7 (Core)', '7'),
        guest(101, 'Debian GNU/Linux 9', '9'),
        guest(102, 'CentOS Linux 7 (Core)', '7'),
      ],
    };
    const groups = groupWarnings(planWarnings(facts, { now: NOW }).warnings);
    expect(groups.map(({ what, subjects }) => [what, subjects])).toEqual([
      ['Debian 9', ['lab/101']],
      ['CentOS Linux 7', ['lab/100', 'lab/102']],
    ]);
  });
});

it('a stored certificate that cannot be parsed, and another kind of trust, expire never', () => {
  const of = (tls: Parameters<typeof storedExpiries>[0][number]['tls']) =>
    storedExpiries([{ ...PROVIDER, tls }], {
      certificates: [],
      credentials: [],
      renewalOf: () => ({ renewal: '', renewedDays: null }),
    });
  expect(of({ mode: 'cluster-ca', pem: 'nonsense' })).toEqual([]);
  expect(of({ mode: 'system' })).toEqual([]);
});

it('a warning is what the feed sends', () => {
  const facts = {
    ...NONE,
    guests: [guest(100, 'Debian GNU/Linux', '10')],
    providers: [PROVIDER],
    expiries: [expiry('2026-12-01')],
  };
  const { warnings } = planWarnings(facts, { now: NOW });
  expect(warnings).toHaveLength(2);
  for (const warning of warnings) expect(warning).toMatchObject(lifecycleWarning.parse(warning));
});
