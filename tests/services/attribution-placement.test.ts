import { describe, expect, it } from '@jest/globals';
import { attributeChanges } from '../../src/providers/proxmox/attribution/attribute.ts';
import { readServerClock } from '../../src/providers/proxmox/attribution/server-clock.ts';
import { isLogEntry, isTask, type LogEntry, type Task } from '../../src/providers/proxmox/records/record.ts';
import type { Patch } from '../../src/types/document.ts';
import type { EarlierReads, Evidence } from '../../src/types/evidence.ts';
import { lineKey } from '../../src/types/record-key.ts';
import { at, change, edit, evidence, note, task, told } from './attribution-evidence.ts';

const ALICE = 'alice@pve';
const BOB = 'bob@pve!cli';
const MEMORY: Patch = [['memory', 512, 4096]];
const BY_ALICE = 'memory: alice@pve exact log update VM';
const BY_BOB = 'memory: bob@pve!cli exact log update VM';
const UNKNOWN = 'memory: unknown';

/** What a run at 100.7 s has read. */
function earlier(...read: readonly (Task | LogEntry)[]): EarlierReads {
  return {
    refs: new Set(read.filter(isTask).map(({ ref }) => ref)),
    lines: new Set(read.filter(isLogEntry).map(lineKey)),
    linesSince: at(0),
    isLogWhole: true,
    wholeAt: at(100.7),
    nodesWithoutTasks: new Set(),
  };
}

function rows(known: Evidence, patch = MEMORY): string[] {
  return told(attributeChanges([change(patch, { notBefore: at(100.7) })], known));
}

describe('the second in which the last observation was made', () => {
  const set = (user: string, seconds: number) => edit(100, user, seconds, { set: { memory: 4096 } });

  it('leaves a line no more than likely', () => {
    expect(rows(evidence(set(BOB, 100)))).toEqual(['memory: bob@pve!cli likely log update VM']);
    expect(rows(evidence(set(BOB, 101)))).toEqual([BY_BOB]);
    expect(rows(evidence(set(BOB, 99)))).toEqual([UNKNOWN]);
  });

  it('leaves nobody when another wrote the same later', () => {
    expect(rows(evidence(set(BOB, 100), set(ALICE, 150)))).toEqual([UNKNOWN]);
    expect(rows(evidence(set(ALICE, 100), set(ALICE, 150)))).toEqual([BY_ALICE]);
  });

  it('is told by whether the earlier run has read the line', () => {
    const [first, second] = [set(BOB, 100), set(ALICE, 150)];
    const unread = { ...evidence(first, second), earlier: earlier() };
    expect(rows(unread)).toEqual(['memory: bob@pve!cli likely log update VM']);
    const read = { ...evidence(first, second), earlier: earlier(first) };
    expect(rows(read)).toEqual([UNKNOWN]);
    expect(rows({ ...evidence(first), earlier: earlier() })).toEqual([BY_BOB]);
  });

  it('says nothing of a line that was hidden from the earlier run', () => {
    const line = set(BOB, 100);
    const hidden = { ...earlier(), isLogWhole: false };
    expect(rows({ ...evidence(line), earlier: hidden })).toEqual(['memory: bob@pve!cli likely log update VM']);
    const forgotten = { ...earlier(), linesSince: at(500) };
    expect(rows({ ...evidence(line), earlier: forgotten })).toEqual(['memory: bob@pve!cli likely log update VM']);
  });

  it('is wider by how far the clock may be off', () => {
    expect(rows({ ...evidence(set(BOB, 101)), clockErrorMs: 1_000 })).toEqual([
      'memory: bob@pve!cli likely log update VM',
    ]);
    expect(rows({ ...evidence(set(BOB, 102)), clockErrorMs: 1_000 })).toEqual([BY_BOB]);
  });

  it('leaves a start no more than likely, unless the earlier run has not read it', () => {
    const started: Patch = [['status', 'stopped', 'running']];
    const start = task('qmstart 100', BOB, 99, 100);
    expect(rows(evidence(start), started)).toEqual(['status: bob@pve!cli likely task qmstart']);
    const unread = { ...evidence(start), earlier: earlier() };
    expect(rows(unread, started)).toEqual(['status: bob@pve!cli exact task qmstart']);
    const elsewhere = { ...earlier(), nodesWithoutTasks: new Set(['pve1']) };
    expect(rows({ ...evidence(start), earlier: elsewhere }, started)).toEqual([
      'status: bob@pve!cli likely task qmstart',
    ]);
    const none = { ...earlier(), wholeAt: null };
    expect(rows({ ...evidence(start), earlier: none }, started)).toEqual(['status: bob@pve!cli likely task qmstart']);
  });

  it('does not let a rollback swallow the edit after it', () => {
    const rollback = task('qmrollback 100', ALICE, 99, 100);
    const own = note('rollback snapshot VM 100: base', ALICE, 99);
    const line = edit(100, BOB, 150, { set: { memory: 4096 } });
    expect(rows({ ...evidence(rollback, own, line), earlier: earlier(rollback, own) })).toEqual([BY_BOB]);
    expect(rows(evidence(rollback, own, line))).toEqual([BY_BOB]);
  });

  it('counts a rollback when the vmgenid is new, and none when it is not', () => {
    const rollback = task('qmrollback 100', ALICE, 99, 100);
    const own = note('rollback snapshot VM 100: base', ALICE, 99);
    const known = { ...evidence(rollback, own), earlier: earlier(rollback, own) };
    const given = (generation: 'same' | 'new') =>
      told(attributeChanges([change(MEMORY, { notBefore: at(100.7), guest: { generation } })], known));
    expect(given('new')).toEqual(['memory [rolled-back]: alice@pve likely task qmrollback']);
    expect(given('same')).toEqual([UNKNOWN]);
    const edited = { ...known, records: [...known.records, edit(100, BOB, 120, { keys: ['vmgenid'] })] };
    expect(
      told(attributeChanges([change(MEMORY, { notBefore: at(100.7), guest: { generation: 'new' } })], edited)),
    ).toEqual([UNKNOWN]);
  });
});

describe("where the server's clock stands", () => {
  const since = { notBefore: at(100), notAfter: at(200) };
  const old = edit(100, BOB, 90, { set: { memory: 1 } });
  const fresh = edit(100, BOB, 150, { set: { memory: 2 } });
  const read = (clockSkewMs: number, ...of: readonly (Task | LogEntry)[]) =>
    readServerClock(
      since,
      { ...evidence(...of), clockSkewMs, earlier: { ...earlier(old), wholeAt: at(100) } },
      at(201),
    );

  it.each([
    ['as the Date header says, when nothing contradicts it', 20_000, [old, fresh], 20_000],
    ['not behind, when a record would be younger than the run', -60_000, [old, fresh], 0],
    ['not ahead, when what is new would be older than the run before', 300_000, [old, fresh], 0],
    ['ahead, when the records are', 3_600_000, [edit(100, BOB, 3_750, { set: { memory: 2 } })], 3_600_000],
    ['as far ahead as the records are, when the header denies it', 0, [edit(100, BOB, 3_750, {})], 3_549_000],
    ['not behind, by a task that is new', -300_000, [task('qmstart 100', BOB, 150)], 0],
    ['as told, when only what was read says otherwise', 300_000, [old], 300_000],
    [
      'as told, when the records contradict each other',
      5_000,
      [edit(100, BOB, 900, {}), edit(100, BOB, 20, {})],
      5_000,
    ],
  ] as const)('%s', (_, skewMs, records, expected) => {
    expect(read(skewMs, ...records).skewMs).toBe(expected);
  });

  it('is less certain where it had to be reckoned', () => {
    expect(read(20_000, fresh).errorMs).toBe(1_000);
    expect(read(-60_000, fresh).errorMs).toBe(2_000);
  });
});
