import { beforeEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { ACTOR, type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

let world: ActingWorld;
let line: string;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 1, vms: 1, containers: 0 });
  const isRunning = world.lab.guest(100).power === 'running';
  line = `${isRunning ? 'stop' : 'start'} 100 --yes`;
  world.lab.clearRequests();
});

async function sql(statement: string): Promise<void> {
  const connection = await openDatabase(world.databaseUrl);
  await connection.db.$executeRawUnsafe(statement);
  await connection.close();
}

describe('what is done to a guest', () => {
  it('goes with the credential for actions alone', async () => {
    expect(await world.run(line)).toMatchObject({ status: EXIT.done });
    expect(world.lab.writes.map(({ authid }) => authid)).toEqual([ACTOR]);
  });

  it('does not go with the credential for reading where the other one cannot be read', async () => {
    const ran = await world.run(line, { env: { ACT: undefined } });
    expect(ran.status).not.toBe(EXIT.done);
    expect(ran.stderr).toContain('the environment variable ACT is not set');
    expect(ran.stderr).toContain('rollcall providers update prod --action-secret file:/path');
    expect(world.lab.writes).toEqual([]);
  });

  it('is nothing while nothing is allowed', async () => {
    await world.run('providers update prod --allow none');
    const ran = await world.run(line);
    expect(ran.status).not.toBe(EXIT.done);
    expect(ran.stdout + ran.stderr).toContain('prod does not allow power: it is only read');
    expect(world.lab.writes).toEqual([]);
  });

  it.each([
    ['allows more', `UPDATE "providers" SET "allow" = '["power","destroy"]'`],
    [
      'names another actor',
      `UPDATE "providers" SET "actionCredential" = '{"kind":"token","tokenId":"root@pam!lab","secretRef":"env:READ"}'`,
    ],
  ])('is nothing where the database alone %s', async (_what, statement) => {
    await sql(statement);
    const ran = await world.run(line);
    expect(ran.status).toBe(EXIT.usage);
    expect(ran.stdout + ran.stderr).toMatch(/(?:allow|actionCredential) is not as revision \d+ recorded/);
    expect(world.lab.requests).toEqual([]);
  });

  it('is nothing where the certificate is not verified', async () => {
    await world.run('providers update prod --insecure');
    world.lab.clearRequests();
    const ran = await world.run(line);
    expect(ran.status).not.toBe(EXIT.done);
    expect(ran.stderr).toContain('the certificate of prod is not verified: nothing is sent that changes anything');
    expect(ran.stderr).toContain('rollcall providers trust prod');
    expect(world.lab.requests).toEqual([]);
  });
});
