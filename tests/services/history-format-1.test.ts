import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { SyncRepository } from '../../src/repositories/sync/sync-repository.ts';
import { toGuestWrite } from '../../src/services/sync/guest-record.ts';
import { diffDocuments } from '../../src/types/document-replay.ts';
import { change, plan, task } from '../helpers/plans.ts';
import { onSqlite } from '../helpers/postgres.ts';
import { storedRevisions } from '../helpers/stored-history.ts';
import { tempDir } from '../helpers/temp.ts';
import { runProgram } from '../helpers/world.ts';

const HEAD = '8:07520d98c383dd178dca46358fb778fa8f846d39e2166730550483cfb31fd09a';
const fixture = path.join(import.meta.dirname, '../fixtures/history-format-1.sql');
const dir = tempDir();

/** The database of version 0.1, anew in a file. */
function oldDatabase(name: string): string {
  const file = path.join(dir, name);
  const db = new Database(file);
  db.exec(readFileSync(fixture, 'utf8'));
  db.close();
  return file;
}

function rollcall(file: string, line: string) {
  return runProgram(line, { env: { DATABASE_URL: `file:${file}` }, clock: () => new Date('2026-10-02T00:00:00Z') });
}

/** A run that sees guest 100 with other memory, and guest 200 gone. */
async function syncOnce(file: string): Promise<void> {
  const connection = await openDatabase(`file:${file}`);
  const repository = new SyncRepository(connection);
  const { id } = await connection.db.provider.findFirstOrThrow();
  const { guests } = await repository.loadKnown(id);
  const [vm, container] = [100, 200].map((vmid) => guests.find((guest) => guest.vmid === vmid));
  if (vm === undefined || container === undefined) throw new Error('the fixture has other guests');
  const before = vm.document['memory'] ?? null;
  const upid = 'UPID:pve1:00000001:00000002:6AB4C3D0:qmconfig:100:alice@pve:';
  const finishedAt = new Date('2026-10-01T12:00:00Z');
  const gone = { presence: 'gone', presenceReason: 'destroyed by alice@pve', goneAt: finishedAt } as const;
  const attribution = { ...change('').attribution, source: 'task', via: 'qmconfig', ref: upid } as const;
  await repository.apply(
    plan(id, {
      run: { id: 'new', finishedAt },
      guests: [
        { ...toGuestWrite(vm), document: { ...vm.document, memory: 99 } },
        { ...toGuestWrite(container), ...gone },
      ],
      changes: [
        change(vm.id, { patch: [['memory', before, 99]], attribution }),
        change(container.id, { kind: 'removed', patch: diffDocuments(container.document, {}) }),
      ],
      snapshots: [{ resourceType: 'guest', resourceId: container.id, reason: 'removed', document: container.document }],
      records: [task(upid)],
    }),
  );
  await connection.close();
}

onSqlite.describe('a database of version 0.1', 'the fixture is a SQLite file', () => {
  it('opens, and verifies with the head that it had', async () => {
    const ran = await rollcall(oldDatabase('opens.db'), `verify -o json --head ${HEAD}`);
    expect(ran).toMatchObject({ status: EXIT.done, json: { ok: true, head: HEAD, proved: [HEAD], revisions: 8 } });
  });

  it('goes on in format 2, prunes what is of both formats, and still leads through its old head', async () => {
    const file = oldDatabase('goes-on.db');
    await syncOnce(file);
    expect(await rollcall(file, 'verify')).toMatchObject({ status: EXIT.done });
    expect((await rollcall(file, 'prune --keep 6h --yes -o json')).json).toMatchObject({
      upToRev: 9,
      changes: 4,
      rev: 10,
    });
    const connection = await openDatabase(`file:${file}`);
    const revisions = await storedRevisions(connection);
    await connection.close();
    expect(revisions.map(({ format, kind }) => `${format} ${kind}`)).toEqual([
      '1 sync',
      '1 sync',
      '1 sync',
      '1 sync',
      '1 sync',
      '1 prune',
      '1 sync',
      '1 sync',
      '2 sync',
      '2 prune',
    ]);
    const ran = await rollcall(file, `verify -o json --head ${HEAD}`);
    expect(ran).toMatchObject({ status: EXIT.done, json: { ok: true, proved: [HEAD], revisions: 10 } });
  });

  it.each([
    ['that was thinned', `UPDATE "changes" SET "label" = LABEL WHERE "id" = 2000000`, 'revision 6'],
    ['that was not', `UPDATE "changes" SET "label" = LABEL WHERE "id" = 8000000`, 'revision 8'],
  ])('finds another actor of a change %s', async (_, edit, where) => {
    const file = oldDatabase(`${where.replace(' ', '-')}.db`);
    const db = new Database(file);
    const label = `(SELECT "id" FROM "texts" WHERE "text" LIKE '["guest","changed",null,"carol@pam"%')`;
    expect(db.prepare(edit.replace('LABEL', label)).run().changes).toBe(1);
    db.close();
    const ran = await rollcall(file, 'verify -o json');
    expect(ran).toMatchObject({ status: EXIT.failed, json: { ok: false } });
    expect((ran.json as { problems: { where: string }[] }).problems.map((problem) => problem.where)).toContain(where);
    expect((await rollcall(file, 'prune --keep 6h --yes')).status).toBe(EXIT.failed);
  });
});
