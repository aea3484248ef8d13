import { chmodSync, lstatSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../types/errors.ts';
import type { ListenAddress } from './listen-address.ts';

/** Throws AppError `configuration` if the address cannot be listened on. */
export async function listen(server: FastifyInstance, address: ListenAddress, basePath: string): Promise<string> {
  try {
    if ('socket' in address) return await listenOnSocket(server, address.socket);
    const { host, port } = address;
    await server.listen({ host, port });
    const bound = server.server.address();
    const used = typeof bound === 'object' && bound !== null ? bound.port : port;
    const scheme = server.initialConfig.https ? 'https' : 'http';
    return `${scheme}://${net.isIPv6(host) ? `[${host}]` : host}:${used}${basePath}/`;
  } catch (error) {
    const where = 'socket' in address ? address.socket : `${address.host}:${address.port}`;
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new AppError('configuration', `${where} cannot be listened on: ${why}`, {
      hint: 'Choose another one with --listen.',
    });
  }
}

/** A socket that a program left behind, and that nobody answers on, is replaced. Only its owner may use it, from its beginning on. */
async function listenOnSocket(server: FastifyInstance, socket: string): Promise<string> {
  if (lstatSync(socket, { throwIfNoEntry: false })?.isSocket() && (await isDead(socket)))
    rmSync(socket, { force: true });
  await server.ready();
  const umask = process.umask(0o177);
  try {
    await server.listen({ path: socket });
  } finally {
    process.umask(umask);
  }
  chmodSync(socket, 0o600);
  return socket;
}

async function isDead(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  });
}
