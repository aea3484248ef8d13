import type { GuestKind } from '../model.ts';
import type { Route } from '../router.ts';
import { accessRoutes } from './access.ts';
import { clusterRoutes } from './cluster.ts';
import { guestConfigRoutes } from './guest-config.ts';
import { guestFirewallRoutes } from './guest-firewall.ts';
import { guestLifecycleRoutes } from './guest-lifecycle.ts';
import { guestMigrationRoutes } from './guest-migration.ts';
import { guestPowerRoutes } from './guest-power.ts';
import { guestSnapshotRoutes } from './guest-snapshots.ts';
import { guestRoutes } from './guests.ts';
import { haRoutes } from './ha.ts';
import { networkRoutes } from './network.ts';
import { nodeRoutes } from './nodes.ts';
import { poolRoutes } from './pools.ts';
import { storageRoutes } from './storage.ts';
import { volumeRoutes } from './volumes.ts';
import { vzdumpRoutes } from './vzdump.ts';

function bothKinds(routesOf: (kind: GuestKind) => readonly Route[]): readonly Route[] {
  return [...routesOf('qemu'), ...routesOf('lxc')];
}

/** Every endpoint that the lab serves. */
export const ROUTES: readonly Route[] = [
  ...clusterRoutes,
  ...accessRoutes,
  ...nodeRoutes,
  ...networkRoutes,
  ...bothKinds(guestRoutes),
  ...bothKinds(guestPowerRoutes),
  ...bothKinds(guestConfigRoutes),
  ...bothKinds(guestLifecycleRoutes),
  ...bothKinds(guestMigrationRoutes),
  ...bothKinds(guestFirewallRoutes),
  ...bothKinds(guestSnapshotRoutes),
  ...vzdumpRoutes,
  ...storageRoutes,
  ...volumeRoutes,
  ...poolRoutes,
  ...haRoutes,
];
