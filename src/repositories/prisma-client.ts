import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Db, OpenedAdapter } from './connection.ts';
import { CarriedError } from './watched-adapter.ts';

/** What both generated clients are made with. */
export function clientOptions(opened: OpenedAdapter) {
  const adapter: SqlDriverAdapterFactory = {
    provider: opened.adapter.provider,
    adapterName: opened.adapter.adapterName,
    connect: async () => opened.adapter,
  };
  return {
    adapter,
    // The default prints a frame of the calling source code: noise in a CLI.
    errorFormat: 'minimal' as const,
    transactionOptions: { maxWait: 20_000, timeout: 120_000 },
  };
}

const APP_ERRORS = {
  name: 'app-errors',
  query: {
    async $allOperations<A, R>({ args, query }: { args: A; query: (args: A) => Promise<R> }): Promise<R> {
      try {
        return await query(args);
      } catch (error) {
        throw error instanceof CarriedError ? error.carried : error;
      }
    },
  },
};

/**
 * Lets the adapter's AppErrors out of the client as they are. The one cast of this layer: both clients come from the same
 * models, and Db has only what both can do; `$extends` gives neither of their types back.
 */
export function toDb(client: { $extends(extension: typeof APP_ERRORS): unknown }): Db {
  return client.$extends(APP_ERRORS) as Db;
}
