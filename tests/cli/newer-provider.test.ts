import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { openWorld, type World } from '../helpers/world.ts';

/** A database that a newer version has used: it has a provider of a type that this one does not know. */
describe('a provider of a newer version', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ nodes: 1, vms: 2, containers: 0 });
    expect((await world.rollcall('providers add lab')).status).toBe(0);
    expect((await world.rollcall('discover-all --quiet')).status).toBe(0);
    const connection = await openDatabase(world.databaseUrl);
    await connection.db.provider.create({
      data: {
        id: 'cloudcloudcloud1',
        name: 'cloud',
        type: 'cloudthing',
        endpoints: ['https://cloud.example'],
        tls: { mode: 'system' },
        credential: { kind: 'token', tokenId: 'somebody', secretRef: 'env:CLOUD' },
        incompleteSince: {},
        createdAt: new Date(),
      },
    });
    await connection.close();
  }, 60_000);

  it('is listed with its type, and everything else is answered', async () => {
    const { stdout, status } = await world.rollcall('providers list');
    expect(stdout).toMatch(/^NAME +STATE +TYPE +/);
    expect(stdout).toMatch(/^cloud +unknown type +cloudthing +/m);
    expect(status).toBe(0);
    for (const line of ['list-vms', 'sync-status', 'show-changes', 'verify'])
      expect((await world.rollcall(line)).stdout).not.toBe('');
  });

  it('is not connected to, and the others are synced', async () => {
    const ran = await world.rollcall('discover-all --provider lab,cloud');
    expect(ran.stderr + ran.stdout).toContain(
      'cloud is a provider of type cloudthing, which this version of Rollcall does not know',
    );
    expect(ran.stdout).toMatch(/^lab: 2 guests/m);
    expect(ran.status).toBe(EXIT.usage);
  });
});
