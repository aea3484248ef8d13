import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections over which nothing has come yet: browsers open some ahead. Node counts them neither as idle nor as having a request, so
 * that they would hold up the end of the server. `event`: of a connection that can carry requests. Returns what ends them.
 */
export function watchSilentConnections(server: Server, event: 'connection' | 'secureConnection'): () => void {
  const open = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
