import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openProxmoxClient, type ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type ReplayServer, startReplay } from '../helpers/replay-server.ts';

let server: ReplayServer;
let client: ProxmoxClient;

beforeAll(async () => {
  server = await startReplay({ 'GET /version': { status: 200, body: { data: { version: '8.4.21' } } } });
  client = openProxmoxClient({
    endpoints: [server.url],
    tls: { ca: server.caPem },
    credential: { kind: 'token', tokenId: 'root@pam!full', secret: 'aaaa-bbbb-cccc' },
  });
});

afterAll(async () => {
  client.close();
  await server.close();
});

describe('ProxmoxClient', () => {
  it('reads the version', async () => {
    expect(await client.getVersion()).toEqual({ version: '8.4.21' });
    expect(server.requests[0]?.headers.authorization).toBe('PVEAPIToken=root@pam!full=aaaa-bbbb-cccc');
  });
});
