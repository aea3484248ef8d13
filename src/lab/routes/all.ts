import type { Route } from '../router.ts';
import { accessRoutes } from './access.ts';
import { clusterRoutes } from './cluster.ts';
import { guestWriteRoutes, vzdumpRoutes } from './guest-writes.ts';
import { guestRoutes } from './guests.ts';
import { haRoutes } from './ha.ts';
import { nodeRoutes } from './nodes.ts';
import { poolRoutes } from './pools.ts';
import { storageRoutes } from './storage.ts';

/** Every endpoint that the lab serves. */
export const ROUTES: readonly Route[] = [
  ...clusterRoutes,
  ...accessRoutes,
  ...nodeRoutes,
  ...guestRoutes('qemu'),
  ...guestRoutes('lxc'),
  ...guestWriteRoutes('qemu'),
  ...guestWriteRoutes('lxc'),
  ...vzdumpRoutes,
  ...storageRoutes,
  ...poolRoutes,
  ...haRoutes,
];
