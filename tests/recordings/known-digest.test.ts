import { expect, it } from '@jest/globals';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { dataOf, describeRecordings, madeOf, type Row } from './recordings.ts';
import { CONFIGURATIONS, standaloneAnswers } from './standalone.ts';
import { openStation, type Station } from './station.ts';

const CONFIG = 'GET /nodes/pve1/qemu/103/config';
const VERSION = 'GET /version';
const PERMISSIONS = 'GET /access/permissions';

/** No server gives another configuration with the same digest: it shows whether the answer is read. */
function edited(fields: Row): ReplayAnswers {
  return { [CONFIG]: madeOf({ ...dataOf<Row>(CONFIGURATIONS[103] ?? ''), ...fields }) };
}

async function memoryOf(station: Station): Promise<unknown> {
  const { rows } = await station.rollcall('list-vms --columns vmid,memoryBytes -o json');
  return rows.find(({ vmid }) => vmid === 103)?.['memoryBytes'];
}

describeRecordings('a configuration whose digest is stored', () => {
  const version = () => dataOf<Row>('standalone/token_ok');
  const permissions = () => dataOf<Row>('standalone/access_permissions_auditor');

  // Read in the tests: without recordings they are skipped, and there is nothing to read.
  it.each<[string, () => ReplayAnswers]>([
    ['the release', () => ({ [VERSION]: madeOf({ ...version(), version: '8.4.99' }) })],
    ['the rights', () => ({ [PERMISSIONS]: madeOf({ ...permissions(), '/vms/103': { 'VM.Audit': 1 } }) })],
    ['the digest', () => edited({ memory: '768', digest: '0'.repeat(40) })],
  ])('is not read again, until %s is another one', async (_what, other) => {
    const station = await openStation();
    await station.discover(standaloneAnswers());
    const stored = await memoryOf(station);
    await station.discover({ ...standaloneAnswers(), ...edited({ memory: '768' }) });
    expect(await memoryOf(station)).toBe(stored);
    await station.discover({ ...standaloneAnswers(), ...edited({ memory: '768' }), ...other() });
    expect(await memoryOf(station)).toBe(768 * 2 ** 20);
  });

  it('is the same in the inventory as one that is read, for every guest', async () => {
    const station = await openStation();
    await station.discover(standaloneAnswers());
    const rows = async () =>
      station.stored((db) =>
        db.guest.findMany({ omit: { lastSeenAt: true, identity: true }, orderBy: { vmid: 'asc' } }),
      );
    const first = await rows();
    await station.discover(standaloneAnswers());
    expect(await rows()).toEqual(first);
  });
});
