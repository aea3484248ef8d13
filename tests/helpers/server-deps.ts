import type { ServerDeps } from '../../src/server/server.ts';

/** A server as tests have it, unless they say otherwise: on this machine, without limits and without a page. */
export const SERVER_DEPS: Omit<ServerDeps, 'app' | 'hub' | 'clock'> = {
  version: '0.0.0',
  webFolder: '/nonexistent',
  basePath: '',
  tls: null,
  isBehindTls: false,
  hosts: [],
  oidc: null,
  isLocalOnly: true,
  trustedProxies: [],
  secrets: ['env:ROLLCALL_SECRET_*'],
  requestsPerMinute: 1e9,
  socketsPerUser: 1e9,
  syncWaitMs: 0,
  health: {
    isAlive: () => true,
    isReady: () => true,
    metrics: { contentType: 'text/plain', render: async () => 'guests 6\n' },
  },
  log: () => undefined,
};
