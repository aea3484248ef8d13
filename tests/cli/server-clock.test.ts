import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { skewIssue, skewOf } from '../../src/types/server-clock.ts';
import { openWorld, START } from '../helpers/world.ts';

const HOUR_MS = 3_600_000;

/** The same world, whose server's clock is so far ahead. */
async function skewed(byMs: number) {
  const ours = { nowMs: START.getTime() };
  const world = await openWorld({ nodes: 1, vms: 2, containers: 0, clock: () => ours.nowMs + byMs });
  return {
    ...world,
    advance: (ms: number) => {
      ours.nowMs += ms;
      world.clock.advance(ms);
    },
  };
}

/** The Date header has whole seconds. */
function roughly(text: string): string {
  return text.replace(/\b3(?:599|60[01]) s\b/g, '3600 s');
}

describe.each([
  ['ahead of', HOUR_MS],
  ['behind', -HOUR_MS],
])('a server whose clock is an hour %s ours', (where, byMs) => {
  it('is warned of, and our clock orders what it did', async () => {
    const { lab, rollcall, advance } = await skewed(byMs);
    const first = await rollcall('discover-all');
    expect(roughly(first.stderr)).toBe(
      `warning: the server's clock is 3600 s ${where} this one\n` +
        'hint: let NTP set both clocks; changes are ordered by this one, and tasks have the time of the server\n',
    );
    expect(first.status).toBe(EXIT.done);
    advance(60_000);
    lab.as('admin@pve').stop(100);
    advance(60_000);
    await rollcall('discover-all');
    const changed = await rollcall('show-changes --flat --kind changed');
    const time = where === 'behind' ? '10:00:00' : '10:02:00';
    const serverTime = where === 'behind' ? '09:01:00' : '11:01:00';
    expect(changed.stdout).toMatch(/^TIME .*SERVER TIME\n/);
    expect(changed.stdout).toMatch(
      new RegExp(
        `^2026-11-21 ${time} +changed +lab/100 .* status running → stopped +admin@pve +qmstop +2026-11-21 ${serverTime}$`,
        'm',
      ),
    );
    expect((await rollcall('show-changes --kind changed')).stdout).toContain(
      `changed by admin@pve (qmstop), by the server's clock 2026-11-21 ${serverTime}\n`,
    );
    expect(roughly(changed.stderr)).toBe(
      `lab: as of just now, complete\nlab: the server's clock is 3600 s ${where} this one\n`,
    );
    expect(roughly((await rollcall('sync-status')).stdout)).toContain(
      `  the server's clock is 3600 s ${where} this one\n`,
    );
    expect((await rollcall('show-changes -o json --path status --kind changed --until now')).rows).toHaveLength(1);
  });

  it('keeps its tasks within the times that are asked for', async () => {
    const { lab, rollcall, advance } = await skewed(byMs);
    await rollcall('discover-all');
    advance(60_000);
    lab.as('admin@pve').stop(100);
    advance(60_000);
    await rollcall('discover-all');
    const types = async (times: string) =>
      (await rollcall(`list-tasks --type qmstop -o json ${times}`)).rows.map(({ user }) => user);
    expect(await types('--since 5m --until now')).toEqual(['admin@pve']);
    expect(await types('--since 30s')).toEqual([]);
    expect(await types('--until 90s')).toEqual([]);
  });
});

it('a clock that agrees is no word', async () => {
  const { rollcall, advance } = await skewed(20_000);
  expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done, stderr: '' });
  advance(60_000);
  expect((await rollcall('show-changes')).stdout).not.toContain('SERVER TIME');
});

it.each([null, 0, 30_000, -30_000, 31_000, -31_000, 86_400_000, -5e9])('the warning of %p ms tells how much', (ms) => {
  const issue = skewIssue(ms);
  expect(skewOf(issue === null ? [] : [issue])).toBe(ms === null || Math.abs(ms) <= 30_000 ? 0 : ms);
});
