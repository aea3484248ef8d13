import { describe, expect, it } from '@jest/globals';
import { rules } from '../../src/providers/proxmox/rules/rules.ts';
import type { Patch } from '../../src/types/document.ts';
import type { Evidence, OperationCall, UnattributedChange } from '../../src/types/evidence.ts';
import { at, edit, task } from './attribution-evidence.ts';

function call(over: Partial<OperationCall> & { from?: number; to?: number | null } = {}): OperationCall {
  const { from = 10, to = 11, ...rest } = over;
  return {
    ref: 'op1/0',
    kind: 'lxc',
    nativeId: '200',
    via: 'set',
    actor: 'rollcall@pve',
    credential: 'act',
    record: null,
    sets: { memory: '1024' },
    sentAt: at(from),
    endedAt: to === null ? null : at(to),
    isDone: to === null ? null : true,
    ...rest,
  };
}

interface Case {
  calls: readonly OperationCall[];
  records?: Evidence['records'];
  patch?: Patch;
  kind?: 'qemu' | 'lxc';
  /** Seconds. */
  window?: readonly [number, number];
  skewMs?: number;
  gaps?: Evidence['gaps'];
}

function attributed({ calls, records = [], patch = [['memory', 512, 1024]], ...more }: Case) {
  const { kind = 'lxc', window: [from, to] = [0, 60], skewMs = 0, gaps } = more;
  const nativeId = kind === 'lxc' ? '200' : '100';
  const change: UnattributedChange = {
    resourceType: 'guest',
    resourceId: 'g1',
    kind: 'changed',
    event: null,
    patch,
    guest: { kind, nativeId, vmid: Number(nativeId), node: 'pve1', identity: {}, isHaManaged: false },
    notBefore: at(from),
    notAfter: at(to),
  };
  const rows = rules.attribute([change], { records, calls, clockSkewMs: skewMs, sources: [], ...(gaps && { gaps }) });
  return rows.map(({ attribution: { actor, token, source, via, ref, confidence, effectiveAt } }) => {
    const who = actor === null ? 'nobody' : `${actor}${token === null ? '' : `!${token}`}`;
    return { who, source, via, ref, confidence, effectiveAt };
  });
}

const EXACT = {
  who: 'rollcall@pve!act',
  source: 'operation',
  via: 'set',
  ref: 'op1/0',
  confidence: 'exact',
  effectiveAt: at(11),
} as const;
const LIKELY = { ...EXACT, confidence: 'likely' } as const;
const NOBODY = { who: 'nobody', source: 'none' } as const;

describe('an edit of a container by an action', () => {
  it('is exact where nothing else that is recorded could have made it', () => {
    expect(attributed({ calls: [call()] })).toEqual([EXACT]);
  });

  it('is exact in a wide window, among what leaves the configuration as it is', () => {
    const records = [
      task('vzstart 200', 'alice@pve', 5),
      task('vzdump 200', 'root@pam', 6, 30),
      task('vzshutdown 200', 'bob@pve', 10),
      task('vzsnapshot 200', 'bob@pve', 10),
      task('vzrestore 201', 'bob@pve', 10),
    ];
    expect(attributed({ calls: [call()], records, window: [-86_400, 86_400] })).toEqual([EXACT]);
  });

  it.each([
    ['qmset 200', 10],
    ['vzset 200', 10],
    ['resize 200', 2],
    ['move_volume 200', 50],
  ])('is not exact beside the task %s of another user', (what, second) => {
    expect(attributed({ calls: [call()], records: [task(what, 'alice@pve', second)] })).toEqual([LIKELY]);
    expect(
      attributed({ calls: [call()], records: [task(what, 'alice@pve', second, second, { state: 'failed' })] }),
    ).toEqual([LIKELY]);
    expect(attributed({ calls: [call()], records: [task(what, 'alice@pve', 90)] })).toEqual([EXACT]);
  });

  it('is exact beside its own task', () => {
    const own = task('vzset 200', 'rollcall@pve!act', 10);
    expect(attributed({ calls: [call({ record: own.ref })], records: [own] })).toEqual([EXACT]);
    expect(attributed({ calls: [call()], records: [own] })).toEqual([LIKELY]);
  });

  it('is not exact where another action wrote the same field, whatever it wrote', () => {
    const other = call({ ref: 'op2/0', from: 10, to: 11 });
    expect(attributed({ calls: [other, call()] })).toEqual([LIKELY]);
    expect(attributed({ calls: [call({ ref: 'op2/0', from: 5, to: 6, sets: { memory: '777' } }), call()] })).toEqual([
      LIKELY,
    ]);
    expect(attributed({ calls: [call({ ref: 'op2/0', sets: { cores: '2' } }), call()] })).toEqual([EXACT]);
    expect(attributed({ calls: [call({ ref: 'op2/0', isDone: false }), call()] })).toEqual([EXACT]);
  });

  it('is nobody known where an action wrote something else last, or failed, or was for another guest', () => {
    const later = call({ ref: 'op2/0', from: 20, to: 21, sets: { memory: '777' } });
    expect(attributed({ calls: [call(), later] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ sets: { memory: '1025' } })] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ isDone: false })] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ nativeId: '201' })] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ kind: 'qemu' })] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ from: -20, to: -10 })] })).toMatchObject([NOBODY]);
    expect(attributed({ calls: [call({ from: 70, to: 71 })] })).toMatchObject([NOBODY]);
  });

  it('is likely while it is under way, and at the edge of what was seen before', () => {
    expect(attributed({ calls: [call({ to: null })] })).toEqual([{ ...LIKELY, effectiveAt: at(10) }]);
    expect(attributed({ calls: [call({ isDone: null })] })).toEqual([LIKELY]);
    expect(attributed({ calls: [call({ from: -1, to: 11 })] })).toEqual([LIKELY]);
    expect(attributed({ calls: [call({ from: 0, to: 11 })] })).toEqual([EXACT]);
  });

  it('heeds the clock of the server', () => {
    const records = [task('qmset 200', 'alice@pve', 3_605)];
    const found = attributed({ calls: [call()], records, skewMs: 3_600_000 });
    expect(found).toEqual([{ ...LIKELY, effectiveAt: at(3_611) }]);
  });

  it('is likely where tasks of the node may be hidden', () => {
    expect(attributed({ calls: [call()], gaps: { log: false, nodes: new Set(['pve1']) } })).toEqual([LIKELY]);
  });

  it('tells fields that it did not set from those that it did', () => {
    const patch: Patch = [
      ['memory', 512, 1024],
      ['cores', 1, 2],
    ];
    expect(attributed({ calls: [call()], patch })).toMatchObject([EXACT, NOBODY]);
  });

  it.each<[string, OperationCall['sets'], Patch]>([
    ['a field that it removed', { description: null }, [['description', 'old', null]]],
    ['tags in any order', { tags: 'b;a' }, [['tags', ['a'], ['a', 'b']]]],
    ['a flag', { onboot: '1' }, [['onboot', false, true]]],
    ['what waits for a restart', { memory: '1024' }, [['pending.memory', null, 1024]]],
    ['what a restart will remove', { net1: null }, [['pending.delete.net1', null, '1']]],
    ['a pool', { pool: 'prod' }, [['pool', null, 'prod']]],
  ])('has set %s', (_what, sets, patch) => {
    expect(attributed({ calls: [call({ sets })], patch })).toEqual([EXACT]);
  });
});

describe('an edit of a virtual machine by an action', () => {
  const own = call({ kind: 'qemu', nativeId: '100' });

  it('is told by its line of the log', () => {
    const line = edit(100, 'rollcall@pve!act', 10, { set: { memory: 1024 } });
    expect(attributed({ kind: 'qemu', calls: [own], records: [line] })).toMatchObject([
      { who: 'rollcall@pve!act', source: 'log', confidence: 'exact' },
    ]);
  });

  it('is not exact where another user wrote the same value in the same second', () => {
    const lines = [
      edit(100, 'rollcall@pve!act', 10, { set: { memory: 1024 } }),
      edit(100, 'alice@pve', 10, { set: { memory: 1024 } }),
    ];
    for (const records of [lines, lines.toReversed(), [...lines, task('qmset 100', 'alice@pve', 10)]]) {
      const [row] = attributed({ kind: 'qemu', calls: [own], records });
      expect(row?.confidence).not.toBe('exact');
    }
  });

  it('is likely where the log has no line of it', () => {
    expect(attributed({ kind: 'qemu', calls: [own] })).toEqual([LIKELY]);
  });

  it('gives way to the line of somebody else', () => {
    const records = [edit(100, 'alice@pve', 30, { set: { memory: 1024 } })];
    expect(attributed({ kind: 'qemu', calls: [own], records })).toMatchObject([{ who: 'alice@pve', source: 'log' }]);
  });
});
