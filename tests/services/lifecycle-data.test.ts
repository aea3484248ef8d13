import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PRODUCTS } from '../../src/services/lifecycle/lifecycle-data.ts';
import { successorOf } from '../../src/services/lifecycle/successor.ts';

const DAY = z.iso.date();
const RELEASE = z.strictObject({
  version: z.string().regex(/^[a-z\d. ]+$/),
  name: z.string().min(1).optional(),
  ends: DAY.nullable(),
  regularEnds: DAY.optional(),
  paidEnds: DAY.optional(),
  codename: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  isInterim: z.literal(true).optional(),
});
const WORDS = z.array(z.string().regex(/^[a-z][a-z/ ]*$/));
const PRODUCT = z.strictObject({
  id: z.string().regex(/^[a-z-]+$/),
  name: z.string().min(1),
  source: z.url({ protocol: /^https$/ }),
  names: WORDS,
  imageWords: WORDS.optional(),
  reduced: z.string().optional(),
  paid: z.string().optional(),
  family: z.string().optional(),
  guestId: z.string().optional(),
  platform: z.enum(['proxmox', 'vsphere']).optional(),
  moveTo: z.string().optional(),
  releases: z.array(RELEASE).min(1),
});

const RELEASES = PRODUCTS.flatMap((product) => product.releases.map((release) => ({ product, release })));

describe('the dates', () => {
  it.each(PRODUCTS.map((product) => [product.id, product] as const))(
    'of %s have the form that is read',
    (_, product) => {
      expect(PRODUCT.parse(product)).toEqual(product);
    },
  );

  it('name each product, each of its versions and each codename once', () => {
    const ids = [
      ...PRODUCTS.map(({ id }) => id),
      ...RELEASES.map(({ product, release }) => `${product.id}/${release.version}`),
      ...RELEASES.flatMap(({ release }) => release.codename ?? []),
      ...PRODUCTS.flatMap(({ names }) => names.map((name) => `name ${name}`)),
    ];
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('are in an order in which support ends: the regular one, all of it, the paid one', () => {
    const wrong = RELEASES.filter(({ release: { ends, regularEnds, paidEnds } }) => {
      const days = [regularEnds, ends, paidEnds].filter((day) => typeof day === 'string');
      return days.join() !== days.toSorted().join() || new Set(days).size < days.length;
    });
    expect(wrong).toEqual([]);
  });

  it('say what to pay for and what follows the regular support, where they have a date of it', () => {
    const unnamed = RELEASES.filter(
      ({ product, release }) =>
        (release.paidEnds !== undefined && product.paid === undefined) ||
        (release.regularEnds !== undefined && product.reduced === undefined),
    );
    expect(unnamed).toEqual([]);
  });

  it.each([
    ['proxmox-ve', '8', 'Proxmox VE 9'],
    ['debian', '10', 'Debian 13'],
    ['debian', '13', 'a later release of Debian'],
    ['ubuntu', '25.10', 'Ubuntu 26.04 LTS'],
    ['ubuntu', '22.04', 'Ubuntu 26.04 LTS'],
    ['centos-linux', '7', 'AlmaLinux, Rocky Linux or RHEL'],
    ['freebsd', '14.1', 'FreeBSD 15'],
    ['windows-server', '2016', 'Windows Server 2025'],
  ])('move %s %s to %s', (id, version, moveTo) => {
    const found = RELEASES.find(({ product, release }) => product.id === id && release.version === version);
    expect(found && successorOf(found, '2026-11-27')).toBe(moveTo);
  });

  it('never move to a release whose support is short', () => {
    const ubuntu = RELEASES.find(({ product, release }) => product.id === 'ubuntu' && release.version === '26.04');
    const short = { version: '26.10', ends: null, isInterim: true } as const;
    if (ubuntu === undefined) throw new Error('the data have no such release');
    const product = { ...ubuntu.product, releases: [short, ...ubuntu.product.releases] };
    const moveTo = successorOf({ product, release: ubuntu.release }, '2026-11-27');
    expect(moveTo).toBe('a later release of Ubuntu');
  });

  it('never move to what is over', () => {
    const [debian] = RELEASES.filter(({ product, release }) => product.id === 'debian' && release.version === '10');
    expect(debian && successorOf(debian, '2030-07-01')).toBe('a later release of Debian');
  });
});
