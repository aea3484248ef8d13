import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { askEverything } from './every-get.ts';
import { openLab, stoppedClock } from './labs.ts';
import { addAnswer, recordedShapes, type Shapes } from './shapes.ts';

const folder = process.env['PVE_RECORDINGS_DIR'];
const described = folder === undefined ? describe.skip : describe;
const note = folder === undefined ? ' (skipped: PVE_RECORDINGS_DIR is not set)' : '';

const ALL_BY_TOKENS = 'every recorded task was started by a token; pve-days has others';
const CHOSEN_BY_ADMIN = 'depends on what was configured on the recorded server';

/** Keys that every recorded row has and the lab's rows have not, or that are of another type; with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  '8.4 /access/users/{userid} [row] lastname': CHOSEN_BY_ADMIN,
  '8.4 /access/users/{userid} [row] firstname': CHOSEN_BY_ADMIN,
  '8.4 /access/users/{userid} [row] email': CHOSEN_BY_ADMIN,
  '8.4 /access/users/{userid} [row] comment': CHOSEN_BY_ADMIN,
  '8.4 /cluster/ha/groups [row]': CHOSEN_BY_ADMIN,
  '8.4 /nodes [offline bare] ssl_fingerprint': 'null for a node that was never there; the lab has none',
  '8.4 /nodes/{node}/qemu/{vmid}/snapshot/{snapname}/config [row] kvm': CHOSEN_BY_ADMIN,
  '8.4 /nodes/{node}/storage/{storage}/content [images] used': 'file storages only; the lab has LVM as well',
  '8.4 /nodes/{node}/storage/{storage}/content [images] parent': 'file storages only; the lab has LVM as well',
  '8.4 /nodes/{node}/storage/{storage}/content [rootdir] used': 'file storages only; the lab has LVM as well',
  '8.4 /nodes/{node}/storage/{storage}/content [rootdir] parent': 'file storages only; the lab has LVM as well',
  '8.4 /nodes/{node}/tasks [finished] tokenid': ALL_BY_TOKENS,
  '8.4 /nodes/{node}/tasks/{upid}/status [stopped] tokenid': ALL_BY_TOKENS,
  '8.4 /storage [row] path': 'LVM has no path; all recorded storages are directories',
  '9.2 /access/permissions [row] /vms/500': CHOSEN_BY_ADMIN,
  '9.2 /nodes/{node}/qemu/{vmid}/config [row] kvm': CHOSEN_BY_ADMIN,
  '9.2 /nodes/{node}/tasks [finished] tokenid': ALL_BY_TOKENS,
  '9.2 /nodes/{node}/tasks/{upid}/status [stopped] tokenid': ALL_BY_TOKENS,
  '9.2 /storage [row] path': 'LVM has no path; all recorded storages are directories',
  '9.2 /storage [row] prune-backups': CHOSEN_BY_ADMIN,
};

function differences(release: string, recorded: Shapes, own: Shapes): string[] {
  const found: string[] = [];
  for (const [name, real] of recorded) {
    const shape = own.get(name);
    if (!shape) {
      found.push(`${release} ${name}`);
      continue;
    }
    for (const key of real.always) if (!shape.always.has(key)) found.push(`${release} ${name} ${key}`);
    for (const [key, types] of shape.types) {
      const realTypes = real.types.get(key);
      if (realTypes && [...types].some((type) => !realTypes.has(type))) found.push(`${release} ${name} ${key}`);
    }
  }
  return [...new Set(found)].sort();
}

async function collect(lab: Lab, release: '8.4' | '9.2', shapes: Shapes): Promise<void> {
  for (const reply of await askEverything(lab, release)) {
    if (reply.status === 200) addAnswer(shapes, reply.path, reply.json['data'], 'lab');
  }
}

function expectedFor(release: string): string[] {
  return Object.keys(EXCEPTIONS)
    .filter((name) => name.startsWith(release))
    .sort();
}

described(`recorded answers${note}`, () => {
  it('a cluster of 8.4 answers with the same keys and types, also of what is off, busy or unknown', async () => {
    const { clock, forward } = stoppedClock();
    const taskDurationMs = (type: string): number => (type === 'vzdump' ? 3_600_000 : 0);
    const lab = await openLab({ clock, taskDurationMs });
    const root = lab.as('root@pam!lab');
    root.backup(100);
    root.backup(200);
    root.resize(200, 'rootfs', '+1G');
    const shapes: Shapes = new Map();
    await collect(lab, '8.4', shapes);
    forward(4_000_000);
    await collect(lab, '8.4', shapes);
    lab.node('pve3').powerOff();
    await collect(lab, '8.4', shapes);
    forward(301_000);
    await collect(lab, '8.4', shapes);

    expect(differences('8.4', recordedShapes(folder ?? '', ['standalone', 'cluster']), shapes)).toEqual(
      expectedFor('8.4'),
    );
  });

  it('a single host of 9.2 answers with the same keys and types', async () => {
    const lab = await openLab({ release: '9.2', clusterName: null });
    const shapes: Shapes = new Map();
    await collect(lab, '9.2', shapes);
    expect(differences('9.2', recordedShapes(folder ?? '', ['pve9']), shapes)).toEqual(expectedFor('9.2'));
  });
});
