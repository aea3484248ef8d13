import { expect, it } from '@jest/globals';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { expectInventory, expectNothingNew } from './inventory.ts';
import { answerOf, answersOf, describeRecordings, madeOf } from './recordings.ts';
import { openStation, unanswered } from './station.ts';

const CONFIGURATIONS: Readonly<Record<number, string>> = {
  500: 'pve9/qemu_500_config',
  501: 'pve9/qemu_501_config',
  // Recorded only as the values in use.
  502: 'pve9/qemu_502_config_current1',
  590: 'pve9/qemu_590_config',
};

function answers(): ReplayAnswers {
  return {
    ...answersOf(['pve9/version', 'pve9/permissions', 'pve9/cluster_status', 'pve9/cluster_resources']),
    ...Object.fromEntries(
      Object.entries(CONFIGURATIONS).map(([vmid, name]) => [`GET /nodes/pve9/qemu/${vmid}/config`, answerOf(name)]),
    ),
    // Recorded on the other release only.
    'GET /nodes/localhost/certificates/info': answerOf('standalone/node_certificates_info'),
    'GET /cluster/log?max=500': answerOf('standalone/cluster_log'),
    'GET /cluster/backup': answerOf('standalone/cluster_backup'),
    'GET /access/users/auditor%40pve': answerOf('pve9-realms/access_users_alice-at-pve.auditor'),
    'GET /nodes/pve9/qemu?full=1': answerOf('pve9/qemu_list_full'),
    'GET /nodes/pve9/lxc': madeOf([]),
    'GET /nodes/pve9/tasks?source=all&limit=500': answerOf('pve9/tasks'),
  };
}

describeRecordings('recordings of one node of Proxmox VE 9.2', () => {
  it('arrive unchanged, and a second run over them stores nothing', async () => {
    const station = await openStation();
    const ran = await station.discover(answers());
    expect(ran.status).toBe(0);
    expect(unanswered(station.requests())).toEqual([]);
    await expectInventory(station, {
      resources: 'pve9/cluster_resources',
      version: 'pve9/version',
      configurations: CONFIGURATIONS,
    });
    await expectNothingNew(station, () => station.discover(answers()));
    const tasks = await station.stored((db) => db.auditRecord.findMany({ where: { source: 'task' } }));
    expect(new Set(tasks.map(({ target }) => target))).toEqual(new Set(['500', '510']));
  });
});
