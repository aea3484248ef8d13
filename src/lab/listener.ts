import type { RequestListener } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { LabCertificate } from './certificates.ts';
import type { LabNode } from './model.ts';

/** pveproxy closes idle connections after this. */
const KEEP_ALIVE_MS = 5000;

export interface ListenerOptions {
  /** The node whose pveproxy it is. */
  node: LabNode;
  address: string;
  certificate: LabCertificate;
  /** Whether the node's own state closes this door: when it is off, connections are reset; while it is frozen, they hang. */
  followsNode: boolean;
  answer: (listener: Listener) => RequestListener;
}

/** Where one node takes calls. */
export class Listener {
  readonly node: LabNode;
  readonly address: string;
  private readonly followsNode: boolean;
  private readonly tls: TlsServer;
  private readonly door: Server;
  private readonly sockets = new Set<Socket>();
  private held: (() => void)[] = [];
  /** Those of the workers, in turn; none: all show the same. */
  private turns: LabCertificate[] = [];

  constructor({ node, address, certificate, followsNode, answer }: ListenerOptions) {
    this.node = node;
    this.address = address;
    this.followsNode = followsNode;
    this.tls = createTlsServer({ cert: certificate.pem, key: certificate.keyPem, minVersion: 'TLSv1.2' });
    this.tls.keepAliveTimeout = KEEP_ALIVE_MS;
    this.tls.on('request', answer(this));
    // Not read before the TLS server has it, so that a connection can be held and let in later.
    this.door = createServer({ pauseOnConnect: true }, (socket) => this.takeIn(socket));
  }

  /** Returns the port. Rejects with the error of the system, `EADDRINUSE` among them. */
  async open(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.door.once('error', reject);
      this.door.listen(port, this.address, () => {
        this.door.off('error', reject);
        resolve();
      });
    });
    const bound = this.door.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  /** Connections are refused from here on, and those that there are break. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.door.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.release();
  }

  /** Connections made from here on see it. */
  present(certificate: LabCertificate): void {
    this.turns = [];
    this.show(certificate);
    this.tls.closeIdleConnections();
  }

  /** Connections made from here on see one after the other of them. */
  presentInTurn(certificates: readonly LabCertificate[]): void {
    this.turns = [...certificates];
    this.tls.closeIdleConnections();
  }

  private show({ pem, keyPem }: LabCertificate): void {
    this.tls.setSecureContext({ cert: pem, key: keyPem, minVersion: 'TLSv1.2' });
  }

  /** To be called when the node's state has changed. */
  nodeChanged(): void {
    if (this.isDead()) for (const socket of this.sockets) socket.resetAndDestroy();
    if (!this.isFrozen()) this.release();
  }

  /** Resolves at once, or when a frozen node thaws. */
  async whenThawed(): Promise<void> {
    if (this.isFrozen()) await new Promise<void>((resolve) => this.held.push(resolve));
  }

  private isDead(): boolean {
    return this.followsNode && this.node.downSinceMs !== null;
  }

  private isFrozen(): boolean {
    return this.followsNode && this.node.isFrozen && this.node.downSinceMs === null;
  }

  private release(): void {
    for (const goOn of this.held.splice(0)) goOn();
  }

  private takeIn(socket: Socket): void {
    if (this.isDead()) {
      socket.resetAndDestroy();
      return;
    }
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (this.isFrozen()) this.held.push(() => this.letIn(socket));
    else this.letIn(socket);
  }

  private letIn(socket: Socket): void {
    if (socket.destroyed) return;
    const turn = this.turns.shift();
    if (turn !== undefined) {
      this.turns.push(turn);
      this.show(turn);
    }
    this.tls.emit('connection', socket);
    socket.resume();
  }
}
