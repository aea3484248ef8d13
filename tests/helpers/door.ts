import { connect, createServer, type Server, type Socket } from 'node:net';

/** An address that leads to a server, or to another one, or nowhere: what routers, VIPs and firewalls do. */
export class Door {
  #target: string | null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((socket) => this.#take(socket));
  }

  /** `target` is the address of a server on this machine. */
  static async open(target: string): Promise<Door> {
    const door = new Door(target);
    await door.#listen();
    return door;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** From now on; connections that there are break. null: they are taken and nothing ever comes back. */
  leadTo(target: string | null): void {
    this.#target = target;
    this.#break();
  }

  /** Connections are refused. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#break();
    await closed;
  }

  async reopen(): Promise<void> {
    await this.#listen();
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    const bound = this.#server.address();
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port;
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    if (this.#target === null) return;
    const onward = connect(Number(new URL(this.#target).port), '127.0.0.1');
    this.#keep(onward);
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #break(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
