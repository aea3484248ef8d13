import net, { type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a server, with the faults of networks and of proxies. */
export class FaultyProxy {
  /**
   * - `stall`: nothing is forwarded, and nobody is told: half-open
   * - `refuse-upgrades`: 403 to WebSockets
   * - `bad-gateway`: 502 to everything
   */
  mode: 'pass' | 'stall' | 'refuse-upgrades' | 'bad-gateway' = 'pass';
  /** How many bytes of the server still go through, over all connections; then they are cut. */
  bytesToCut = Number.POSITIVE_INFINITY;
  /** Milliseconds before each kilobyte of the server goes on. */
  delayPerKilobyteMs = 0;
  target: number;
  readonly #server: Server = net.createServer((client) => this.#connect(client));
  readonly #sockets = new Set<Socket>();

  constructor(target: number) {
    this.target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All connections, at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(client: Socket): void {
    this.#watch(client);
    client.once('data', (first) => {
      const isUpgrade = /\r\nupgrade: *websocket/i.test(String(first));
      if (this.mode === 'bad-gateway') this.#refuse(client, '502 Bad Gateway');
      else if (this.mode === 'refuse-upgrades' && isUpgrade) this.#refuse(client, '403 Forbidden');
      else this.#forward(client, first as Buffer);
    });
  }

  #refuse(client: Socket, status: string): void {
    client.end(`HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>`);
  }

  #forward(client: Socket, first: Buffer): void {
    const server = net.connect(this.target, '127.0.0.1');
    this.#watch(server);
    if (this.mode !== 'stall') server.write(first);
    client.on('data', (chunk) => {
      if (this.mode !== 'stall') server.write(chunk);
    });
    server.on('data', (chunk) => void this.#toClient(client, server, chunk as Buffer));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  async #toClient(client: Socket, server: Socket, chunk: Buffer): Promise<void> {
    if (this.mode === 'stall') return;
    const part = chunk.subarray(0, this.bytesToCut);
    this.bytesToCut -= part.length;
    if (this.delayPerKilobyteMs > 0) {
      server.pause();
      await new Promise((resolve) => setTimeout(resolve, (part.length / 1024) * this.delayPerKilobyteMs));
      server.resume();
    }
    client.write(part, () => {
      if (this.bytesToCut > 0) return;
      client.destroy();
      server.destroy();
    });
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    socket.setNoDelay(true);
  }
}
