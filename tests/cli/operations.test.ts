import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { userName } from '../../src/app/user-name.ts';
import { EXIT } from '../../src/cli/exit-status.ts';
import { type Connection, openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, START, type World } from '../helpers/world.ts';

// Loaded by the command: see world.ts.
import '../../src/app/open-operations.ts';

let world: World;
let connection: Connection;
let providerId: string;
const rollcall = (line: string) => world.rollcall(`${line} --utc`);
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

beforeAll(async () => {
  world = await openWorld();
  await rollcall('discover-all --quiet');
  connection = await openDatabase(world.databaseUrl);
  providerId = (await connection.db.provider.findFirstOrThrow()).id;
});
afterAll(() => connection.close());
beforeEach(async () => {
  await connection.db.operation.deleteMany();
});

type Data = Parameters<Connection['db']['operation']['create']>[0]['data'];

async function add(data: Partial<Data> & { id: string }): Promise<void> {
  const asked = { kind: 'sync', providerId, providerName: 'lab', parameters: {}, state: 'waiting', alsoAskedBy: [] };
  const who = { requestedBy: 'alice', requestedVia: 'web', requestedAt: at(0) };
  await connection.db.operation.create({ data: { ...asked, ...who, ...data } as Data });
}

async function addThree(): Promise<void> {
  const error = { code: 'certificate', message: 'not trusted', hint: 'look at it' };
  const ended = { state: 'failed', startedAt: at(1), finishedAt: at(63), error };
  await add({ id: 'aaa1', kind: 'trust', parameters: { endpoint: 'https://a', seal: 'hidden' }, ...ended });
  const progress = { step: 'reading guests', done: 3, total: 40 };
  await add({ id: 'aaa2', state: 'running', requestedAt: at(10), startedAt: at(11), progress, alsoAskedBy: ['bob'] });
  await add({ id: 'bbb', kind: 'test', requestedAt: at(20), requestedBy: 'carol' });
}

describe('operations list', () => {
  it('lists the newest first, with progress and errors where there are some', async () => {
    await addThree();
    const { status, stdout, stderr } = await rollcall('operations list');
    expect({ status, stderr }).toEqual({ status: EXIT.done, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'ID    ASKED                KIND   PROVIDER  STATE    BY     PROGRESS              TOOK  ERROR',
      'bbb   2026-11-21 10:00:20  test   lab       waiting  carol  -                        -  -',
      'aaa2  2026-11-21 10:00:10  sync   lab       running  alice  reading guests 3/40      -  -',
      'aaa1  2026-11-21 10:00:00  trust  lab       failed   alice  -                    1 min  not trusted',
      '',
    ]);
  });

  it('takes states and providers, and says that there are more', async () => {
    await addThree();
    const ids = async (options: string) => (await rollcall(`operations list -o name ${options}`)).stdout.split('\n');
    expect(await ids('--state waiting,running')).toEqual(['bbb', 'aaa2', '']);
    expect(await ids('--state failed --provider l*')).toEqual(['aaa1', '']);
    expect((await rollcall('operations list --limit 1')).stderr).toContain('raise --limit');
    expect(await rollcall('operations list --provider nowhere')).toMatchObject({ status: EXIT.failed, stdout: '' });
    expect(await rollcall('operations list --state lost')).toMatchObject({ status: EXIT.usage, stdout: '' });
    expect((await rollcall('operations list --state done')).stderr).toBe('no operations\n');
  });
});

describe('operations show', () => {
  it('shows one by the beginning of its id', async () => {
    await addThree();
    expect((await rollcall('operations show aaa1')).stdout).toBe(`operation   trust of lab
id          aaa1
state       failed
parameters  {"endpoint":"https://a"}
asked by    alice (web), 2026-11-21 10:00:00
began       2026-11-21 10:00:01
ended       2026-11-21 10:01:03, after 1 min
error       not trusted
hint        look at it
`);
    const running = await rollcall('operations show aaa2');
    expect(running.stdout).toMatch(/also asked by +bob\n(.|\n)*progress +reading guests 3\/40\n/);
    const several = await rollcall('operations show aaa');
    expect(several).toMatchObject({ stdout: '', stderr: expect.stringContaining('name one: aaa1, aaa2') });
    expect(await rollcall('operations show zzz')).toMatchObject({ status: EXIT.failed, stdout: '' });
  });

  it('has its result in JSON', async () => {
    await add({ id: 'ccc', state: 'done', finishedAt: at(5), result: { outcome: 'complete' } });
    expect((await rollcall('operations show c -o json')).json).toMatchObject({ result: { outcome: 'complete' } });
    expect((await rollcall('operations show c')).stderr).toBe('hint: -o json prints its result as well\n');
  });
});

describe('operations cancel', () => {
  it('ends one that waits, marks one that runs, and says of one that has ended that it has', async () => {
    await addThree();
    const waiting = await rollcall('operations cancel b -o json');
    expect(waiting.json).toMatchObject({ id: 'bbb', state: 'cancelled', cancelledBy: userName() });
    const running = await rollcall('operations cancel aaa2');
    expect(running).toMatchObject({ status: EXIT.done, stdout: expect.stringContaining('running, to be cancelled') });
    const ended = await rollcall('operations cancel aaa1');
    expect(ended).toMatchObject({ status: EXIT.failed, stdout: '' });
    expect(ended.stderr).toContain('operation aaa1 has ended already: failed');
    const log = await rollcall('users log --action operation.cancel -o json');
    const recorded = log.rows.map(({ actor, via, target }) => ({ actor, via, target }));
    const who = { actor: userName(), via: 'cli' };
    expect(recorded).toHaveLength(2);
    expect(recorded).toEqual(
      expect.arrayContaining([
        { ...who, target: 'aaa2' },
        { ...who, target: 'bbb' },
      ]),
    );
  });
});
