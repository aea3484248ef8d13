import { describe, expect, it } from '@jest/globals';
import { toLogEntry } from '../../src/providers/proxmox/log.ts';
import type { LogEntry } from '../../src/providers/proxmox/records/record.ts';
import { SyncRuns, tell } from '../helpers/sync-run.ts';
import { minute, observe, vm } from '../helpers/sync-state.ts';

let uid = 0;

function line(minutes: number, user: string, msg: string): LogEntry {
  const time = minute(minutes).getTime() / 1000;
  return toLogEntry({ node: 'pve1', uid: String(++uid), time, user, tag: 'pvedaemon', pri: 6, msg }, null);
}

const guest = vm(103, { document: { ...vm(103).document, cipassword: '«hidden»' } });
const SECRET = 'update VM 103: -cipassword <hidden>';

function open(): { runs: SyncRuns; log: LogEntry[] } {
  const runs = new SyncRuns();
  const log = [line(0, 'carol@pve', SECRET)];
  runs.run(observe(1, { guests: [guest], records: log }));
  return { runs, log };
}

describe('a secret that the server shows to nobody', () => {
  it('leaves a row for each line that wrote it, once', () => {
    const { runs, log } = open();
    log.push(line(2, 'bob@pve', SECRET), line(3, 'alice@pve!ci', `${SECRET} -ciuser me`));
    const first = runs.run(observe(10, { guests: [guest], records: log }));
    expect(tell(first.plan)).toEqual(['guest changed secret-set by bob@pve', 'guest changed secret-set by alice@pve']);
    expect(first.plan.changes.map(({ attribution }) => attribution.confidence)).toEqual(['exact', 'exact']);
    expect(first.result.changedHosts).toHaveLength(1);
    const second = runs.run(observe(20, { guests: [guest], records: log }));
    expect(second.plan).toMatchObject({ changes: [], guests: [] });
    expect(second.result.changedHosts).toEqual([]);
  });

  it('leaves none beside the change that shows, nor for another guest', () => {
    const { runs, log } = open();
    const without = vm(103);
    log.push(line(2, 'bob@pve', 'update VM 103: -delete cipassword'));
    expect(tell(runs.run(observe(10, { guests: [without], records: log })).plan)).toEqual([
      'guest changed cipassword:«hidden»→null by bob@pve',
    ]);
    log.push(line(12, 'bob@pve', SECRET), line(12, 'bob@pve', 'update VM 104: -cipassword <hidden>'));
    expect(tell(runs.run(observe(20, { guests: [guest, vm(104)], records: log })).plan)).toEqual([
      'guest changed cipassword:null→«hidden» by bob@pve',
      'guest created',
    ]);
  });
});
