import { describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openField } from './field-world.ts';

const NUL = '\0';
const SIGN = '\u2400';
const ENV = ['PATH=/usr/local/bin:/usr/bin', 'REDIS_VERSION=8.2', 'REDIS_PASSWORD=hun,ter 2', 'TZ=Europe/Berlin'];

function container(env: readonly string[], digest = 'x') {
  return {
    guests: [{ type: 'lxc' as const, vmid: 300, name: 'redis', status: 'running' }],
    configs: { 300: { hostname: 'redis', memory: 512, env: env.join(NUL), tags: `a${NUL}b`, digest } },
  };
}

describe('a container whose environment is separated by NUL', () => {
  it('does not change by being read again, is backed up, and its history is whole', async () => {
    const world = await openField(container(ENV));
    await world.rollcall('discover-all');
    for (let run = 0; run < 2; run++) {
      world.advance(5);
      const { stdout } = await world.rollcall('discover-all -o json');
      expect(JSON.parse(stdout)).toMatchObject([{ summary: { changed: 0, existing: 1 } }]);
    }
    expect(await world.rollcall('show-changes --since 5m --exit-code --quiet')).toMatchObject({ status: 0 });
    expect(await world.rollcall('verify')).toMatchObject({ status: 0 });
    expect(await world.rollcall('db backup backup.db')).toMatchObject({ status: 0 });
  });

  it('shows its variables, and of a secret one the mask only', async () => {
    const world = await openField(container(ENV));
    await world.rollcall('discover-all');
    const [guest] = (await world.rollcall('list-containers -o json')).rows;
    const document = guest?.['document'] as { env: string; tags: string[] };
    const masked = document.env.replace(/«hidden:[0-9a-f.]+»/, 'MASK');
    expect(masked.split(SIGN)).toEqual([ENV[0], ENV[1], 'REDIS_PASSWORD=MASK', ENV[3]]);
    expect(document.tags).toEqual(['a', 'b']);
    const { stdout } = await world.rollcall('show-container 300');
    expect(stdout).toContain(`${SIGN}TZ=Europe/Berlin`);
    expect(stdout).not.toContain('ter 2');
  });

  it('changes where a variable does', async () => {
    const world = await openField(container(ENV));
    await world.rollcall('discover-all');
    world.advance(5);
    world.set(container([...ENV.slice(0, 3), 'TZ=Europe/Paris'], 'y'));
    await world.rollcall('discover-all');
    const { rows } = await world.rollcall('show-changes --kind changed --guest 300 -o json');
    expect(rows).toHaveLength(1);
    expect(String(rows[0]?.['after']).split(SIGN).at(-1)).toBe('TZ=Europe/Paris');
  });
});

describe('a database of version 0.1', () => {
  it.each(['hunter2', 'hun,ter 2'])('does not tell the new form of its texts as a change (%s)', async (secret) => {
    const variables = ENV.with(2, `REDIS_PASSWORD=${secret}`);
    // Sent so, it is stored as that version stored a NUL: masks went beyond it.
    const world = await openField(container([variables.join('\ufffd')]));
    await world.rollcall('discover-all');
    const [before] = (await world.rollcall('list-containers -o json')).rows;
    expect(JSON.stringify(before)).not.toContain(`»${SIGN}`);
    // That version stored neither digests nor how a file was read.
    const connection = await openDatabase(world.databaseUrl);
    await connection.db.guest.updateMany({ data: { identity: { hostname: 'redis' } } });
    await connection.close();
    world.advance(5);
    world.set(container(variables));
    const { stdout } = await world.rollcall('discover-all -o json');
    expect(JSON.parse(stdout)).toMatchObject([{ summary: { changed: 0, existing: 1 } }]);
    expect((await world.rollcall('show-changes --since 1m --exit-code')).status).toBe(0);
    const [after] = (await world.rollcall('list-containers -o json')).rows;
    expect(JSON.stringify(after)).toContain(`${SIGN}TZ=Europe/Berlin`);
    expect((await world.rollcall('verify')).status).toBe(0);
  });

  it('has no changes that it recorded of texts which stayed', async () => {
    const world = await openField(container(['A=1']));
    await world.rollcall('discover-all');
    world.advance(5);
    world.set(container(['A=2'], 'y'));
    await world.rollcall('discover-all');
    expect((await world.rollcall('show-changes --guest 300 --kind changed -o json')).rows).toHaveLength(1);
    const connection = await openDatabase(world.databaseUrl);
    await connection.db.$executeRawUnsafe(
      `UPDATE "changes" SET "patch" = '["env","A\ufffdB","A\\u0000B"]' WHERE "patch" LIKE '%A=2%'`,
    );
    await connection.close();
    expect((await world.rollcall('show-changes --guest 300 --kind changed -o json')).rows).toEqual([]);
  });
});
