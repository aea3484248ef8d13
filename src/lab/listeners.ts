import type { RequestListener } from 'node:http';
import { AppError } from '../types/errors.ts';
import { CertificateAuthority, type LabCertificate } from './certificates.ts';
import type { Cluster } from './cluster.ts';
import { Listener } from './listener.ts';
import type { LabNode } from './model.ts';

/** How often a port is tried that is free on the first address and taken on another. */
const PORT_ATTEMPTS = 20;
/** 127.0.0.1 to 127.0.0.254. */
const MOST_NODES = 254;

export interface ListenersOptions {
  cluster: Cluster;
  endpoints: 'one' | 'per-node';
  /** Of the only one. */
  host: string;
  /** 0: any free port. */
  port: number;
  answer: (listener: Listener) => RequestListener;
}

/** The doors of a lab: that of the first node, or one for every node, and the certificates that they show. */
export class Listeners {
  port = 0;
  private readonly options: ListenersOptions;
  private readonly all: readonly Listener[];
  private authority = new CertificateAuthority();

  constructor(options: ListenersOptions) {
    const { cluster, endpoints } = options;
    this.options = options;
    const nodes = [...cluster.nodes.values()];
    if (endpoints === 'per-node') moveToLoopback(nodes);
    this.certify(nodes);
    const listening = endpoints === 'per-node' ? nodes : nodes.slice(0, 1);
    this.all = listening.map((node) => this.listenerOf(node));
  }

  get caPem(): string {
    return this.authority.certificate.pem;
  }

  /** Opens all of them at the same port. */
  async open(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.openAt(this.options.port);
        return;
      } catch (error) {
        await this.close();
        if (this.options.port !== 0 || attempt >= PORT_ATTEMPTS || !isTaken(error)) throw error;
      }
    }
  }

  /** As they were, at the same port. */
  async reopen(): Promise<void> {
    await this.openAt(this.port);
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((listener) => listener.close()));
  }

  /** Throws a RangeError for a node that takes no calls of its own. */
  urlOf(name: string): string {
    const listener = this.all.find(({ node }) => node.name === name);
    if (!listener) throw new RangeError(`node ${name} of the lab has no address of its own`);
    return `https://${listener.address}:${this.port}`;
  }

  nodeChanged(node: LabNode): void {
    for (const listener of this.all) if (listener.node === node) listener.nodeChanged();
  }

  /** A new certificate of the same CA. */
  rotate(node: LabNode): void {
    this.certify([node]);
    this.present([node]);
  }

  /** A new certificate of the same CA; workers show it or the old one, in these turns. */
  rotateGradually(node: LabNode, turns: readonly ('new' | 'old')[]): void {
    const old = certificateOf(node);
    this.certify([node]);
    for (const listener of this.all)
      if (listener.node === node)
        listener.presentInTurn(turns.map((turn) => (turn === 'new' ? certificateOf(node) : old)));
  }

  /** A new CA, and certificates of it for all nodes. */
  replaceAuthority(): void {
    this.authority = new CertificateAuthority();
    const nodes = [...this.options.cluster.nodes.values()];
    this.certify(nodes);
    this.present(nodes);
  }

  private listenerOf(node: LabNode): Listener {
    const { endpoints, host, answer } = this.options;
    const isPerNode = endpoints === 'per-node';
    const certificate = certificateOf(node);
    return new Listener({ node, address: isPerNode ? node.ip : host, certificate, followsNode: isPerNode, answer });
  }

  private async openAt(port: number): Promise<void> {
    for (const [index, listener] of this.all.entries()) {
      const bound = await listener.open(index === 0 ? port : this.port);
      if (index === 0) this.port = bound;
    }
  }

  private certify(nodes: readonly LabNode[]): void {
    for (const node of nodes) {
      node.certificates = {
        root: this.authority.certificate,
        server: this.authority.issue(node.name, this.namesOf(node)),
      };
    }
  }

  /** What `pvecm updatecerts` puts in; of several listeners on one machine only the first is localhost. */
  private namesOf(node: LabNode): string[] {
    const { endpoints, host, cluster } = this.options;
    if (endpoints === 'one') return [...new Set(['127.0.0.1', '::1', 'localhost', host, node.ip, node.name])];
    const isFirst = node === cluster.localNode();
    return isFirst ? ['127.0.0.1', '::1', 'localhost', node.name] : [node.ip, node.name];
  }

  private present(nodes: readonly LabNode[]): void {
    for (const listener of this.all) if (nodes.includes(listener.node)) listener.present(certificateOf(listener.node));
  }
}

function certificateOf({ name, certificates }: LabNode): LabCertificate {
  if (certificates === null) throw new RangeError(`node ${name} of the lab has no certificate`);
  return certificates.server;
}

function moveToLoopback(nodes: readonly LabNode[]): void {
  if (nodes.length > MOST_NODES) {
    throw new AppError('usage', `a lab with an address for every node cannot have ${nodes.length} nodes`, {
      hint: `Ask for ${MOST_NODES} nodes or fewer, or for one address.`,
    });
  }
  for (const node of nodes) node.ip = `127.0.0.${node.id}`;
}

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
}
