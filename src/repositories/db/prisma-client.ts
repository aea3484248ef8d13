import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { DatabaseProvider } from '../../types/migration.ts';
import type { OpenedAdapter } from './connection.ts';
import { uncarried } from './watched-adapter.ts';

export interface Client {
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
}

/** The generated client over an open adapter. */
export async function loadClient(provider: DatabaseProvider, opened: OpenedAdapter): Promise<Client> {
  const options = clientOptions(opened);
  if (provider === 'sqlite') {
    const { PrismaClient } = await import('../../generated/sqlite/client.ts');
    return new PrismaClient(options).$extends(APP_ERRORS);
  }
  const { PrismaClient } = await import('../../generated/postgresql/client.ts');
  return new PrismaClient(options).$extends(APP_ERRORS);
}

/** The constructor options of both generated clients. */
function clientOptions(opened: OpenedAdapter) {
  const adapter: SqlDriverAdapterFactory = {
    provider: opened.adapter.provider,
    adapterName: opened.adapter.adapterName,
    connect: async () => opened.adapter,
  };
  return {
    adapter,
    // The default prints a frame of the calling source code, which is noise in a CLI.
    errorFormat: 'minimal' as const,
    transactionOptions: { maxWait: 20_000, timeout: 120_000 },
  };
}

/** Lets the adapter's AppErrors leave the client unchanged. */
const APP_ERRORS = {
  name: 'app-errors',
  query: {
    async $allOperations<A, R>({ args, query }: { args: A; query: (args: A) => Promise<R> }): Promise<R> {
      try {
        return await query(args);
      } catch (error) {
        throw uncarried(error);
      }
    },
  },
};
