import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { answerOf, answersOf, dataOf, madeOf } from './recordings.ts';

/** Plain answers to what the program asks of one node of PVE 8.4. */
export const CONFIGURATIONS: Readonly<Record<number, string>> = {
  100: 'standalone/qemu_100_running_no_agent_config',
  101: 'standalone/qemu_101_stopped_snapshots_config',
  102: 'standalone/qemu_102_running_pending_config',
  103: 'standalone/qemu_103_cloudinit_config',
  104: 'standalone/qemu_104_locked_config',
  105: 'standalone/qemu_105_minimal_noname_config',
  106: 'standalone/qemu_106_running_agent_config',
  200: 'standalone/lxc_200_config',
  201: 'standalone/lxc_201_config',
  9000: 'standalone/qemu_9000_template_config',
};

/** What the list of containers says of one; it was recorded only as rows of all resources, which have the same fields. */
export function containersOf(resources: string): ReplayAnswers[string] {
  return madeOf(dataOf(resources).filter(({ type }) => type === 'lxc'));
}

/** What was recorded for another page of the same list, or for a server of the other release, stands in where nothing else was. */
export function standaloneAnswers(): ReplayAnswers {
  const [self] = dataOf('pve9/cluster_status');
  return {
    ...answersOf([
      'standalone/token_ok',
      'standalone/access_permissions_auditor',
      'standalone/cluster_resources',
      'standalone/qemu_list_full',
      'standalone/cluster_backup',
      'standalone/lxc_200_interfaces',
      ...Object.values(CONFIGURATIONS),
    ]),
    'GET /cluster/status': madeOf([{ ...self, id: 'node/pve1', name: 'pve1' }]),
    // The same node, asked for by its name.
    'GET /nodes/localhost/certificates/info': answerOf('standalone/node_certificates_info'),
    'GET /cluster/log?max=500': answerOf('standalone/cluster_log'),
    'GET /access/users/auditor%40pve': answerOf('pve9-realms/access_users_alice-at-pve.auditor'),
    'GET /nodes/pve1/lxc': containersOf('standalone/cluster_resources'),
    'GET /nodes/pve1/tasks?source=all&limit=500': answerOf('standalone/node_tasks'),
  };
}
