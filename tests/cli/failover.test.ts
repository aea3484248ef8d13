import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld } from '../helpers/world.ts';

const NODES = { nodes: 3, vms: 9, containers: 3, endpoints: 'per-node' } as const;

/** Requests by the node that got them. */
function byListener(requests: readonly { listener: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { listener } of requests) counts[listener] = (counts[listener] ?? 0) + 1;
  return counts;
}

describe('a cluster whose nodes can all be reached', () => {
  it('is asked about each node at that node', async () => {
    const { lab, rollcall } = await openWorld(NODES);
    const { status } = await rollcall('discover-all --quiet');
    expect(status).toBe(EXIT.done);
    const aboutNodes = lab.requests.filter(({ path }) => path.startsWith('/nodes/'));
    expect(aboutNodes.length).toBeGreaterThan(12);
    expect(
      aboutNodes.filter(
        ({ path, listener }) => !path.startsWith(`/nodes/${listener}/`) && !path.startsWith('/nodes/localhost/'),
      ),
    ).toEqual([]);
    expect(Object.keys(byListener(lab.requests)).sort()).toEqual(['pve1', 'pve2', 'pve3']);
  });
});
