import * as z from 'zod';
import { ProxmoxClient } from './proxmox-client.ts';
import type { CallOptions } from './pve-types.ts';
import { Transport, type TransportOptions } from './transport.ts';
import { upidOf } from './upid.ts';
import type { WriteParameters } from './write.ts';

/** A call that changes something, as it is sent. */
export interface PveWrite {
  verb: 'POST' | 'PUT' | 'DELETE';
  /** Below `/api2/json`. */
  path: string;
  parameters: WriteParameters;
  node: string | undefined;
}

/** The write calls of the Proxmox VE API. Nothing else of the program writes to a cluster. All throw only AppError. */
export class ProxmoxActions {
  readonly #transport: Transport;
  /** Reads with the same credential: what it may do, and its own tasks. */
  readonly reads: ProxmoxClient;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.reads = new ProxmoxClient(this.#transport);
  }

  /** Of whoever acts: `user@realm`, or `user@realm!name` of a token. */
  get credentialName(): string {
    return this.#transport.identity.name;
  }

  /**
   * Sends one call, once. Gives the UPID of its task; null where the answer is the end of it. Throws AppError: `uncertain` where the
   * server may have got it, anything else where it did not take it.
   */
  async send(write: PveWrite, options?: CallOptions): Promise<string | null> {
    return upidOf(await this.sendRaw(write, options));
  }

  /** The same, with whatever the answer has. */
  sendRaw(write: PveWrite, options?: CallOptions): Promise<unknown> {
    return this.#transport.write({ ...write, schema: z.unknown(), ...options });
  }

  get requestCount(): number {
    return this.#transport.requestCount;
  }

  close(): void {
    this.#transport.close();
  }
}
