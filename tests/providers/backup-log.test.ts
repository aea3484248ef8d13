import { expect, it } from '@jest/globals';
import { readBackupLog } from '../../src/providers/proxmox/backup-log.ts';
import { dataOf, describeRecordings } from '../recordings/recordings.ts';

const REF = 'UPID:pve1:1';
const AT = new Date('2026-11-21T22:00:03Z');

function read(log: string, { at = AT, nativeId = null as string | null, hours = 12 } = {}) {
  return readBackupLog(
    { ref: REF, at, nativeId, endedAt: new Date(at.getTime() + hours * 3_600_000) },
    log.trim().split('\n'),
  );
}

/** Lines as a job of several guests writes them, on a node whose clock shows Berlin's time. */
const NIGHTLY = `
INFO: starting new backup job: vzdump --all 1 --storage backup
INFO: Starting Backup of VM 100 (qemu)
INFO: Backup started at 2026-11-21 23:00:04
INFO: status = running
INFO: creating vzdump archive '/srv/dump/vzdump-qemu-100-2026_11_21-23_00_04.vma.zst'
INFO:  50% (5.0 GiB of 10.0 GiB) in 20s, read: 256.0 MiB/s, write: 200.0 MiB/s
INFO: archive file size: 3.25GB
INFO: Finished Backup of VM 100 (00:41:07)
INFO: Backup finished at 2026-11-21 23:41:11
INFO: Starting Backup of VM 101 (qemu)
INFO: Backup started at 2026-11-21 23:41:11
INFO: creating vzdump archive '/srv/dump/vzdump-qemu-101-2026_11_21-23_41_11.vma.zst'
ERROR: Backup of VM 101 failed - job failed with err -28 - No space left on device
INFO: Failed at 2026-11-21 23:42:00
INFO: Starting Backup of VM 200 (lxc)
INFO: Backup started at 2026-11-21 23:42:01
INFO: creating Proxmox Backup Server archive 'ct/200/2026-11-21T22:42:01Z'
INFO: Finished Backup of VM 200 (00:00:31)
INFO: Backup job finished with errors
TASK ERROR: job errors
`;

it('tells each guest of a job apart, with the time at which its copy began', () => {
  expect(read(NIGHTLY)).toEqual([
    {
      ref: REF,
      nativeId: '100',
      kind: 'qemu',
      at: new Date('2026-11-21T22:00:04Z'),
      isOk: true,
      bytes: 3.25 * 2 ** 30,
      volume: '/srv/dump/vzdump-qemu-100-2026_11_21-23_00_04.vma.zst',
    },
    {
      ref: REF,
      nativeId: '101',
      kind: 'qemu',
      at: new Date('2026-11-21T22:41:11Z'),
      isOk: false,
      bytes: null,
      volume: '/srv/dump/vzdump-qemu-101-2026_11_21-23_41_11.vma.zst',
    },
    {
      ref: REF,
      nativeId: '200',
      kind: 'lxc',
      at: new Date('2026-11-21T22:42:01Z'),
      isOk: true,
      bytes: null,
      volume: 'ct/200/2026-11-21T22:42:01Z',
    },
  ]);
});

it.each([
  ['a job that waited for another one', `INFO: trying to get global lock - waiting...\n${NIGHTLY.trim()}`],
  ['a first guest that began long after the task', NIGHTLY.replaceAll('23:00:04', '23:09:04')],
  ['a first guest that began a quarter of an hour after the task', NIGHTLY.replaceAll('23:00:04', '23:16:30')],
])('takes the start of the task after %s: the zone of the node cannot be told', (_what, log) => {
  expect(read(log).map(({ at }) => at)).toEqual([AT, AT, AT]);
});

it.each([
  ['India', '2026-11-22 03:30:05', '2026-11-21T22:00:05Z'],
  ['Newfoundland', '2026-11-21 18:30:05', '2026-11-21T22:00:05Z'],
  ['Kiribati', '2026-11-22 12:00:05', '2026-11-21T22:00:05Z'],
])('reads the clock of %s', (_zone, local, utc) => {
  expect(read(`INFO: Starting Backup of VM 7 (qemu)\nINFO: Backup started at ${local}`)[0]?.at).toEqual(new Date(utc));
});

it('believes a log about the guests of its task only, and no time outside of it', () => {
  const forged = `${NIGHTLY.trim()}\nINFO: Starting Backup of VM 999 (qemu)\nINFO: Finished Backup of VM 999 (00:00:01)`;
  expect(read(forged, { nativeId: '100' }).map(({ nativeId }) => nativeId)).toEqual(['100']);
  const named = forged.replace('vzdump --all 1', 'vzdump 100 200 --mode stop');
  expect(read(named).map(({ nativeId }) => nativeId)).toEqual(['100', '200']);
  const later = 'INFO: Starting Backup of VM 7 (qemu)\nINFO: Backup started at 9999-12-31 00:00:00';
  expect(read(later)).toMatchObject([{ at: AT }]);
  const twice = `${NIGHTLY.trim()}\nINFO: Backup started at 2026-11-22 07:00:00\nINFO: archive file size: 999999999TB`;
  expect(read(twice).at(-1)).toMatchObject({ at: new Date('2026-11-21T22:42:01Z'), bytes: null });
});

it('follows the clocks that go back in the night of autumn', () => {
  const night = `
INFO: Starting Backup of VM 100 (qemu)
INFO: Backup started at 2026-10-25 02:30:01
INFO: Starting Backup of VM 101 (qemu)
INFO: Backup started at 2026-10-25 02:10:01`;
  expect(read(night, { at: new Date('2026-10-25T00:30:00Z') }).map(({ at }) => at.toISOString())).toEqual([
    '2026-10-25T00:30:01.000Z',
    '2026-10-25T01:10:01.000Z',
  ]);
});

it('knows a guest that was not even begun, and nothing of a log without any', () => {
  expect(read('ERROR: Backup of VM 105 failed - unable to find VM')).toMatchObject([{ nativeId: '105', isOk: false }]);
  expect(read('INFO: Finished Backup of VM 1 (00:00:01)\nINFO: archive file size: 3GB')).toEqual([]);
});

describeRecordings('a recorded backup', () => {
  it('is read', () => {
    const lines = dataOf<{ t: string }[]>('standalone/task_log_ok').map(({ t }) => t);
    expect(
      readBackupLog(
        { ref: REF, at: new Date('2026-11-21T01:55:38Z'), endedAt: new Date('2026-11-21T01:55:39Z'), nativeId: '200' },
        lines,
      ),
    ).toEqual([
      {
        ref: REF,
        nativeId: '200',
        kind: 'lxc',
        at: new Date('2026-11-21T01:55:38Z'),
        isOk: true,
        bytes: 2 ** 20,
        volume: '/srv/pve-backup/dump/vzdump-lxc-200-2026_11_21-01_55_38.tar.zst',
      },
    ]);
  });
});
