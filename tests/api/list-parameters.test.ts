import { createServer } from 'node:https';
import type { Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { ProxmoxActions } from '../../src/api/proxmox-actions.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { closers, listen } from './servers.ts';

/** What a server gets: verb, path with query, body. */
async function recorder() {
  const certificate = await makeCertificate();
  const seen: string[] = [];
  const server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
    void text(request).then((body) => {
      seen.push(`${request.method ?? ''} ${(request.url ?? '').replace('/api2/json', '')} ${body}`.trimEnd());
      response.writeHead(200, { 'Content-Length': 13 }).end('{"data":null}');
    });
  });
  const port = await listen(server as unknown as TcpServer);
  closers.push(() => server.closeAllConnections());
  const actions = new ProxmoxActions({
    endpoints: [`https://127.0.0.1:${port}`],
    tls: { ca: certificate.pem },
    credential: { kind: 'token', tokenId: 'a@pve!x', secret: 'secret' },
  });
  closers.push(() => actions.close());
  return { actions, seen };
}

it('sends each value of a list by itself: in a form, and in the query of a read and a removal', async () => {
  const { actions, seen } = await recorder();
  const parameters = { command: ['ls', '-l /'], once: 'a&b' };
  await actions.sendRaw({ verb: 'POST', path: '/x', parameters, node: undefined });
  await actions.sendRaw({ verb: 'DELETE', path: '/x', parameters, node: undefined });
  await actions.reads.getRaw('/x', { query: parameters });
  expect(seen).toEqual([
    'POST /x command=ls&command=-l+%2F&once=a%26b',
    'DELETE /x?command=ls&command=-l%20%2F&once=a%26b',
    'GET /x?command=ls&command=-l%20%2F&once=a%26b',
  ]);
});
