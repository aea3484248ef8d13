import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { watchSilentConnections } from '../../src/server/silent-connections.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { until } from '../watch/processes.ts';

describe.each(['http', 'https'] as const)('connections of %s', (scheme) => {
  it('over which nothing has come are ended, and those with the beginning of a request are not', async () => {
    const { key, pem } = await makeCertificate();
    const server = scheme === 'http' ? http.createServer() : https.createServer({ key, cert: pem });
    const endSilent = watchSilentConnections(server, scheme === 'http' ? 'connection' : 'secureConnection');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const accepted: Socket[] = [];
    server.on(scheme === 'http' ? 'connection' : 'secureConnection', (socket: Socket) => accepted.push(socket));
    const connect = (): Socket =>
      scheme === 'http' ? net.connect(port, '127.0.0.1') : tls.connect({ port, host: '127.0.0.1', ca: pem });
    const [silent, begun] = [connect(), connect()];
    begun.write('GET / HTTP/1.1\r\nHost: a');
    await until('one has begun to ask', () => accepted.length === 2 && accepted.some(({ bytesRead }) => bytesRead > 0));
    const ended = new Promise((resolve) => silent.once('close', resolve));
    silent.resume();
    endSilent();
    await ended;
    expect(accepted.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    expect(begun.destroyed).toBe(false);
    begun.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
