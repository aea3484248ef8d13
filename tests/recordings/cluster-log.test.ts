import { expect, it } from '@jest/globals';
import { describeDays, dataOf as rowsOf } from '../providers/day.ts';
import { dataOf, describeRecordings, madeOf, type Row } from './recordings.ts';
import { CONFIGURATIONS, standaloneAnswers } from './standalone.ts';
import { openStation } from './station.ts';

const LOG = 'GET /cluster/log?max=500';
/** Three minutes before two of the recorded lines. */
const BEFORE_MS = Date.parse('2026-11-21T02:50:00Z');
const AFTER_S = Date.parse('2026-11-21T03:00:00Z') / 1000;

describeRecordings('recordings of one node of Proxmox VE 8.4, with a recorded cluster log', () => {
  describeDays('of a recorded day', (read) => {
    it('are explained by the lines of the log', async () => {
      const station = await openStation(BEFORE_MS);
      const config = dataOf<Row>(CONFIGURATIONS[103] ?? '');
      await station.discover(standaloneAnswers());
      // The log of another server up to 03:00: it says that VM 103 got these values at 02:53, in two calls.
      const lines = rowsOf<{ msg: string; time: number }>(read(0), LOG).filter(({ time }) => time < AFTER_S);
      const second = await station.discover({
        ...standaloneAnswers(),
        [LOG]: madeOf(lines),
        'GET /nodes/pve1/qemu/103/config': madeOf({
          ...config,
          memory: '512',
          description: 'hello\n',
          digest: '0'.repeat(40),
        }),
      });
      expect(second.status).toBe(0);

      const updates = lines.flatMap(({ msg }) => (msg.startsWith('update VM') ? [msg] : []));
      expect(updates).toHaveLength(3);
      const stored = await station.stored((db) =>
        db.auditRecord.findMany({ where: { source: 'log', text: { startsWith: 'update VM' } } }),
      );
      expect(stored.map(({ text }) => text ?? '').toSorted()).toEqual(updates.toSorted());
      const changes = (await station.rollcall('show-changes --guest 103 -o json')).rows.filter(
        ({ kind }) => kind === 'changed',
      );
      expect(changes.map(({ path, before, after, actor, token }) => [path, before, after, actor, token])).toEqual([
        ['description', null, 'hello', 'admin@pve', 'full'],
        ['memory', 256, 512, 'admin@pve', 'full'],
      ]);
    });
  });
});
