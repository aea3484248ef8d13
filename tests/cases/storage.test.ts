import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { describeCases, runCase } from './field-case.ts';

describeCases('storages', () => {
  it('07-iscsi-maxdisk0: figures that a plugin does not have are none', async () => {
    const one = await runCase('07-iscsi-maxdisk0');
    const csv = await one.run('list-storage -o csv --columns name,totalBytes,usedBytes,usedShare,unavailableOn');
    expect(csv.stdout.trimEnd().split('\n').slice(1)).toEqual([
      'cifs-quota,8000000000,9000000000,1.125,',
      'esx01,0,0,,',
      'iSCSI.NAS.HDD,0,0,,',
      'lvm-on-iscsi,1000000000000,500000000000,0.5,',
      'pbs-ns,,,,',
      'rbd-neg,8000000000,,,',
      'truenas,8000000000,2000000000,0.25,pve1',
    ]);
    expect((await one.run("list-storage --type 'iscsi,esxi' -o name")).stdout.split('\n').sort()).toHaveLength(3);
  });

  it('45-storage-goes-offline: the status per node is recorded when it changes, and sync-status warns', async () => {
    const one = await runCase('45-storage-goes-offline');
    expect(one.discovered.map(({ status }) => status)).toEqual(Array(4).fill(EXIT.done));
    const changes = (await one.run('show-changes --kind changed -o json')).rows;
    expect(changes.map(({ name, path, before, after }) => [name, path, before, after])).toEqual([
      ['nas', 'unavailableOn', null, ['pve1']],
      ['nas', 'unavailableOn', ['pve1'], ['pve1', 'pve2']],
    ]);
    expect((await one.run('sync-status')).stdout).toContain('storage nas is not available on pve1, pve2');
    expect((await one.run('list-storage -o json')).rows).toMatchObject([{ name: 'nas', presence: 'present' }]);
  });

  it('49-storage-disabled: is a change of the same storage', async () => {
    const one = await runCase('49-storage-disabled');
    expect(one.discovered.map(({ status }) => status)).toEqual(Array(4).fill(EXIT.done));
    const changes = (await one.run('show-changes --kind changed -o json')).rows;
    expect(changes.map(({ name, path, before, after }) => [name, path, before, after])).toEqual([
      ['nas', 'disabled', null, true],
      ['nas', 'disabled', true, null],
    ]);
    const all = (await one.run('list-storage --all -o json')).rows;
    expect(all.map(({ name, presence }) => [name, presence])).toEqual([
      ['local', 'present'],
      ['nas', 'present'],
      ['tank', 'present'],
    ]);
  });
});
