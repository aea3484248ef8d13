import { describe, expect, it } from '@jest/globals';
import { formatFieldChange, formatSides } from '../../src/cli/output/format-value.ts';
import type { Value } from '../../src/types/document.ts';
import { openField } from './field-world.ts';

const LONG = 'Lorem ipsum dolor sit amet, consetetur sadipscing elitr. '.repeat(30);
const LINES = ['# Web server', 'Owner: team-a', ...Array.from({ length: 30 }, (_, line) => `line ${line} of the page`)];
const RAW = [
  ['lxc.cgroup2.devices.allow', 'c 226:0 rwm'],
  ['lxc.cgroup2.devices.allow', 'c 10:229 rwm'],
  ['lxc.mount.entry', '/dev/dri dev/dri none bind,optional,create=dir'],
  ['lxc.prlimit.nofile', '100000'],
];

describe('a changed value', () => {
  it.each<[string, Value | null, Value | null, string]>([
    ['stays whole when it is short', 512, 768, 'x 512 → 768'],
    ['of a short list too', ['a', 'b'], ['a'], 'x a, b → a'],
    [
      'raw lines of a container',
      JSON.stringify(RAW),
      JSON.stringify(RAW.toSpliced(1, 1)),
      'x removed lxc.cgroup2.devices.allow c 10:229 rwm',
    ],
    [
      'one line among many',
      LINES.join('\n'),
      LINES.with(1, 'Owner: team-b').join('\n'),
      'x removed Owner: team-a; added Owner: team-b',
    ],
    [
      'a variable',
      ['A=1', `B=${LONG}`, 'C=3'].join('\u2400'),
      ['A=2', `B=${LONG}`, 'C=3'].join('\u2400'),
      'x removed A=1; added A=2',
    ],
    ['many tags', LINES, [...LINES, 'new'], 'x added new'],
    [
      'the place that differs',
      `${LONG}one${LONG}`,
      `${LONG}two${LONG}`,
      'x …r sadipscing elitr. oneLorem ipsum dolor si… → …r sadipscing elitr. twoLorem ipsum dolor si…',
    ],
    [
      'what was put in',
      LONG + LONG,
      `${LONG}NEW ${LONG}`,
      'x …r sadipscing elitr. Lorem ipsum dolor si… → …r sadipscing elitr. NEW Lorem ipsum dolor si…',
    ],
    ['an end', `${LONG}a`, `${LONG}b`, 'x …r sadipscing elitr. a → …r sadipscing elitr. b'],
    ['removed', LONG, null, `x ${LONG.slice(0, 100)}… (1710 characters) → (none)`],
    ['added', null, LONG, `x (none) → ${LONG.slice(0, 100)}… (1710 characters)`],
    ['from a number', 7, LONG, `x 7 → ${LONG.slice(0, 100)}… (1710 characters)`],
    [
      'emoji, each whole',
      `${'🚀'.repeat(50)}a${'🚀'.repeat(50)}`,
      `${'🚀'.repeat(50)}b${'🚀'.repeat(50)}`,
      `x …${'🚀'.repeat(10)}a${'🚀'.repeat(10)}… → …${'🚀'.repeat(10)}b${'🚀'.repeat(10)}…`,
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(formatFieldChange('x', before, after)).toBe(expected);
  });

  it('shows many items as far as there is room, and the difference within one long item', () => {
    const numbers = Array.from({ length: 100 }, (_, index) => `item-${index}`);
    expect(formatSides('x', numbers, ['z']).before).toMatch(/^removed item-0, item-1, .* and 8\d more$/);
    const [a, b] = [`${LONG}a`, `${LONG}b`].map((long) => [...LINES, long].join('\n'));
    expect(formatFieldChange('x', a ?? '', b ?? '')).toBe('x …r sadipscing elitr. a → …r sadipscing elitr. b');
    const turned = formatFieldChange('x', LINES, LINES.toReversed());
    expect(turned.length).toBeLessThan(300);
  });

  it('fits a cell of a table, whatever it is', () => {
    const megabyte = 'x'.repeat(2 ** 20);
    for (const [before, after] of [
      [megabyte, `${megabyte}y`],
      [`y${megabyte}`, megabyte],
      [`${megabyte}\n1`, megabyte],
    ]) {
      expect(formatFieldChange('description', before ?? '', after ?? '').length).toBeLessThan(300);
    }
  });
});

describe('one of several raw lines of a container', () => {
  it('is what the tables show when it changes', async () => {
    const state = (lines: readonly string[][], digest: string) => ({
      guests: [{ type: 'lxc' as const, vmid: 101, name: 'frigate', status: 'running' }],
      configs: { 101: { hostname: 'frigate', memory: 2048, lxc: lines, digest } },
    });
    const world = await openField(state(RAW, 'x'));
    await world.rollcall('discover-all');
    world.advance(5);
    world.set(state(RAW.toSpliced(1, 1), 'y'));
    const told = 'lxc removed lxc.cgroup2.devices.allow c 10:229 rwm';
    expect((await world.rollcall('discover-all')).stdout).toContain(`${told}  `);
    expect((await world.rollcall('show-changes --guest 101')).stdout).toContain(`    ${told}\n`);
    expect((await world.rollcall('show-container 101')).stdout).toContain(`${told}  `);
    const diff = await world.rollcall('show-container 101 --diff 4m now');
    expect(diff.stdout).toMatch(/^lxc +removed lxc\.cgroup2\.devices\.allow c 10:229 rwm +-$/m);
    const [row] = (await world.rollcall('show-changes --guest 101 --kind changed -o json')).rows;
    expect(row).toMatchObject({ before: JSON.stringify(RAW), after: JSON.stringify(RAW.toSpliced(1, 1)) });
  });
});
