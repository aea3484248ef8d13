import { describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { openPanelWorld } from './panel-world.ts';

describe('the account book as a panel', () => {
  const { database, rollcall } = openPanelWorld();

  it('lists the servers that are not closed', async () => {
    await rollcall('panel add book --type rollcall');
    expect((await rollcall('panel test book -o json')).json).toMatchObject({ count: 0, doubt: null });
    const connection = await openDatabase(await databaseAt(database));
    const at = new Date('2026-11-21T00:00:00Z');
    for (const [index, id] of ['a', 'b'].entries()) {
      const server = { accountKey: 'acme', providerId: 'p', package: 'S', cpus: 2, rev: 1, seq: index, at };
      await connection.db.billedServer.create({
        data: { id, guestId: `g${id}`, name: `vm-${id}`, nativeId: `10${index}`, memoryBytes: 2n ** 30n, ...server },
      });
    }
    const close = { kind: 'close', by: 'admin', rev: 1, seq: 5, at };
    await connection.db.transaction.create({ data: { id: 't1', serverId: 'b', guestId: 'gb', ...close } });
    await connection.close();
    expect((await rollcall('panel test book -o json')).json).toMatchObject({
      count: 1,
      doubt: null,
      records: [
        { id: 'a', nativeId: '100', name: 'vm-a', owner: 'acme', cores: 2, memoryBytes: 2 ** 30, isBilled: true },
      ],
    });
  });

  it('is not read where its settings were written past the program, until they are confirmed', async () => {
    const connection = await openDatabase(await databaseAt(database));
    await connection.db.panel.update({ where: { name: 'book' }, data: { seal: 'x' } });
    await connection.close();
    const ran = await rollcall('panel test book');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('not sealed with the key of this inventory');
    await rollcall('panel confirm book --yes');
    expect((await rollcall('panel test book')).status).toBe(0);
  });

  it('is not changed either, so that an update seals nothing that something else wrote', async () => {
    const connection = await openDatabase(await databaseAt(database));
    const settings = { type: 'rollcall', scope: { providers: ['elsewhere'], selectors: [] } };
    await connection.db.panel.update({ where: { name: 'book' }, data: { settings } });
    await connection.close();
    const ran = await rollcall('panel update book --select tag=prod');
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('not sealed with the key of this inventory');
    expect((await rollcall('panel test book')).status).toBe(2);
  });

  it('is confirmed only after all of its settings were shown', async () => {
    const ran = await rollcall('panel confirm book');
    expect(ran.stderr).toContain('guests: provider elsewhere');
    expect(ran.stderr).toContain('if that is right: rollcall panel confirm book --yes');
    expect(ran.status).toBe(2);
  });
});
