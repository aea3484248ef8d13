import { describe, expect, it } from '@jest/globals';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import { linesOf, tasksOf } from '../../src/providers/proxmox/records/record.ts';
import type { Outcome } from '../../src/types/audit-record.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { openReplay, scopeOf } from './day.ts';
import { ok, refused, tinyCluster } from './tiny-cluster.ts';

const START = 0x6b000000;

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function upid(index: number, node = 'pve1', user = 'root@pam!full'): string {
  return `UPID:${node}:${hex(index)}:00001000:${hex(START + index)}:qmstart:100:${user}:`;
}

function finished(index: number, more: object = {}): object {
  return {
    upid: upid(index),
    node: 'pve1',
    starttime: START + index,
    endtime: START + index + 1,
    status: 'OK',
    type: 'qmstart',
    id: '100',
    user: 'root@pam',
    tokenid: 'full',
    ...more,
  };
}

function running(index: number): object {
  return {
    upid: upid(index),
    node: 'pve1',
    starttime: START + index,
    status: 'RUNNING',
    type: 'qmstart',
    id: '100',
    user: 'root@pam!full',
  };
}

async function discover(
  changes: ReplayAnswers,
  options: Partial<DiscoverOptions> = {},
): Promise<{ seen: Observation; paths: string[] }> {
  const replay = await openReplay(tinyCluster(changes));
  try {
    const seen = await replay.discover({ scopes: ['tasks'], ...options });
    return { seen, paths: replay.server.requests.map(({ path }) => path) };
  } finally {
    await replay.close();
  }
}

function known(...entries: [index: number, state: Outcome][]): ReadonlyMap<string, Outcome> {
  return new Map(entries.map(([index, state]) => [upid(index), state]));
}

function upids(seen: Observation): string[] {
  return tasksOf(seen)
    .map((task) => task.ref)
    .sort();
}

const PAGE = 'GET /nodes/pve1/tasks?source=all&limit=500';

describe('the tasks of a node', () => {
  it('are read page by page while all of them are new', async () => {
    const all = Array.from({ length: 501 }, (_, index) => finished(1000 - index));
    const { seen, paths } = await discover({
      [PAGE]: { status: 200, body: { data: all.slice(0, 500), total: 501 } },
      [`${PAGE}&start=500`]: { status: 200, body: { data: all.slice(500), total: 501 } },
    });
    expect(tasksOf(seen)).toHaveLength(501);
    expect(scopeOf(seen, 'tasks/pve1')).toMatchObject({ coverage: 'complete', count: 501 });
    expect(paths.filter((path) => path.startsWith('/nodes/pve1/tasks'))).toHaveLength(2);
  });

  it('are read up to one that is stored, and those that were running once more', async () => {
    const all = Array.from({ length: 500 }, (_, index) => finished(1000 - index));
    const { seen, paths } = await discover(
      { [PAGE]: { status: 200, body: { data: [running(1002), ...all], total: 9000 } } },
      { knownTasks: known([998, 'ok'], [997, 'failed'], [996, 'running']) },
    );
    // 501 rows in all: 1000 and 999 are new, 996 was running; what ended before 997 is stored.
    expect(upids(seen)).toEqual([996, 999, 1000, 1002].map((index) => upid(index)).sort());
    expect(paths.filter((path) => path.startsWith('/nodes/pve1/tasks'))).toHaveLength(1);
  });

  it('include a long one that began before those that are stored', async () => {
    const long = finished(5, { endtime: START + 2000 });
    const { seen } = await discover(
      { [PAGE]: ok([finished(900), finished(899), long, finished(4)]) },
      { knownTasks: known([900, 'ok'], [899, 'ok']) },
    );
    expect(upids(seen)).toEqual([upid(5)]);
  });

  it.each<[status: string | undefined, outcome: Outcome, text: string | null]>([
    ['OK', 'ok', 'OK'],
    ['WARNINGS: 2', 'warning', 'WARNINGS: 2'],
    ['VM is locked (backup)', 'failed', 'VM is locked (backup)'],
    ['unexpected status', 'unknown', 'unexpected status'],
    [undefined, 'unknown', null],
  ])('that ended with %s are %s', async (status, outcome, text) => {
    const { seen } = await discover({ [PAGE]: ok([finished(7, { status })]) });
    expect(tasksOf(seen)).toEqual([
      {
        source: 'task',
        ref: upid(7),
        verb: 'start',
        native: 'qmstart',
        target: '100',
        targetName: null,
        place: 'pve1',
        actor: 'root@pam',
        credential: 'full',
        at: new Date((START + 7) * 1000),
        endedAt: new Date((START + 8) * 1000),
        outcome,
        text,
        pid: null,
      },
    ]);
  });

  it('that run have no end', async () => {
    const { seen } = await discover({ [PAGE]: ok([running(7)]) });
    expect(tasksOf(seen)).toMatchObject([
      { outcome: 'running', endedAt: null, text: null, actor: 'root@pam', credential: 'full' },
    ]);
  });

  it('whose UPID is of an unknown form are told by their row', async () => {
    const { seen } = await discover({ [PAGE]: ok([finished(7, { upid: 'UPID:odd' })]) });
    expect(tasksOf(seen)).toMatchObject([{ ref: 'UPID:odd', actor: 'root@pam', credential: 'full' }]);
  });

  it('come from the list of the cluster when the node does not tell', async () => {
    const { seen } = await discover(
      {
        [PAGE]: refused(401, 'Authentication failed!'),
        'GET /cluster/tasks': ok([finished(7), finished(8), finished(9, { upid: upid(9, 'pve2'), node: 'pve2' })]),
      },
      { knownTasks: known([7, 'ok']) },
    );
    expect(upids(seen)).toEqual([upid(8)]);
    expect(scopeOf(seen, 'tasks/pve1')).toMatchObject({
      coverage: 'error',
      hint: expect.stringContaining('that node'),
    });
    expect(scopeOf(seen, 'tasks/pve2')).toMatchObject({ coverage: 'complete' });
  });

  it('are missing when the cluster does not tell them either', async () => {
    const { seen } = await discover({ [PAGE]: refused(595), 'GET /cluster/tasks': refused(500, 'no') });
    expect(tasksOf(seen)).toEqual([]);
    expect(scopeOf(seen, 'tasks/pve1')).toMatchObject({ coverage: 'unreachable' });
  });
});

describe('the cluster log', () => {
  const line = (index: number, msg = 'hello', more: object = {}) => ({
    uid: String(index),
    node: 'pve1',
    time: START + index,
    user: 'a@pve!t',
    tag: 'pvedaemon',
    pid: 9,
    msg,
    ...more,
  });
  const LOG = 'GET /cluster/log?max=500';

  it('is read oldest line first, with what a line says and without its secrets', async () => {
    const { seen } = await discover({
      [LOG]: ok([
        line(12, 'update VM 5: -description token=abc'),
        line(10, 'b', { time: START + 12, pid: undefined }),
        line(3, 'a', { node: 'other', time: START + 12 }),
        line(2),
      ]),
    });
    expect(linesOf(seen).map(({ ref }) => ref)).toEqual(['pve1/2', 'other/3', 'pve1/10', 'pve1/12']);
    expect(linesOf(seen)[2]?.pid).toBeNull();
    expect(linesOf(seen)[3]).toMatchObject({
      actor: 'a@pve',
      credential: 't',
      verb: 'configure',
      target: '5',
      update: { vmid: 5, setKeys: ['description'] },
    });
    expect(JSON.stringify(linesOf(seen))).not.toContain('abc');
  });

  it('is read whole when it may have gone on since the last run', async () => {
    const lines = Array.from({ length: 501 }, (_, index) => line(1000 + index)).reverse();
    const answers = { [LOG]: ok(lines.slice(0, 500)), 'GET /cluster/log?max=5000': ok(lines) };
    expect(linesOf((await discover(answers, { knownTasks: known([5, 'ok']) })).seen)).toHaveLength(501);
    expect(linesOf((await discover(answers, { knownTasks: known([1200, 'ok']) })).seen)).toHaveLength(500);
    expect(linesOf((await discover(answers)).seen)).toHaveLength(500);
    const refusal = { ...answers, 'GET /cluster/log?max=5000': refused(500, 'no') };
    expect(linesOf((await discover(refusal, { knownTasks: known([5, 'ok']) })).seen)).toHaveLength(500);
  });

  it('may fail alone', async () => {
    const { seen } = await discover({ [LOG]: refused(500, 'no') });
    expect(linesOf(seen)).toEqual([]);
    expect(scopeOf(seen, 'log')).toMatchObject({ coverage: 'error' });
  });
});
