import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ActingWorld, openActingWorld } from '../helpers/acting-world.ts';

let world: ActingWorld;

beforeEach(async () => {
  world = await openActingWorld({ nodes: 2, vms: 3, containers: 1 });
});

describe('x', () => {
  it('y', async () => {
    const r = await world.run('list-guests -o json');
    console.log(r.rows.map((g) => [g['vmid'], g['name'], g['status'], g['node']]));
    for (const line of [
      'shutdown 100 --dry-run',
      'shutdown 100 --yes',
      'show-changes',
      'operations list',
      'verify',
      'start 100 --yes -o json',
    ]) {
      const ran = await world.run(line);
      console.log(line, ran.status, ran.stdout, ran.stderr);
    }
  });
});
