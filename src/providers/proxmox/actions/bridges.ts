import type { Check } from '../../../types/action.ts';
import { AppError } from '../../../types/errors.ts';
import { attempt } from '../../scope-reports.ts';
import type { SceneReader } from './scene.ts';

/** Bridges and virtual networks of a node; null: it shows none, which tells nothing. Throws AppError for a node that is away. */
export async function readBridges({ client, signal }: SceneReader, node: string): Promise<readonly string[] | null> {
  const bridges = await attempt(client.plans.getBridges(node, { signal }));
  if (!(bridges instanceof AppError)) return bridges.length === 0 ? null : bridges;
  if (bridges.code === 'forbidden' || bridges.code === 'node-unreachable') return null;
  throw bridges;
}

export function bridgeCheck(bridge: string, node: string, bridges: readonly string[] | null): Check {
  if (bridges === null)
    return { name: 'bridge', ok: true, text: `whether node ${node} has bridge ${bridge} is not shown` };
  if (bridges.includes(bridge)) return { name: 'bridge', ok: true, text: `node ${node} has bridge ${bridge}` };
  return {
    name: 'bridge',
    ok: false,
    text: `node ${node} has no bridge ${bridge}`,
    hint: `its bridges: ${[...bridges].sort().join(', ')}`,
  };
}
