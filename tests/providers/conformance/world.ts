import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSyncService } from '../../../src/app/open-sync.ts';
import type { OpenedProvider } from '../../../src/providers/manifest.ts';
import type { Connection } from '../../../src/repositories/db/connection.ts';
import { openDatabase } from '../../../src/repositories/db/database.ts';
import { HistoryRepository } from '../../../src/repositories/history/history-repository.ts';
import { InventoryRepository } from '../../../src/repositories/inventory/inventory-repository.ts';
import { HistoryService } from '../../../src/services/history/history-service.ts';
import { InventoryService } from '../../../src/services/inventory/inventory-service.ts';
import type { Change } from '../../../src/types/history.ts';
import type { GuestRow, NodeRow } from '../../../src/types/inventory.ts';
import type { ResourceScope } from '../../../src/types/presence.ts';
import type { Credential, ProviderConfig, ResolvedCredential } from '../../../src/types/provider.ts';
import type { SyncResult } from '../../../src/types/sync-result.ts';
import { databaseAt } from '../../helpers/postgres.ts';
import type { FaultName, Subject, SubjectKind } from './subject.ts';

interface SyncWish {
  acceptRemovals?: boolean;
  /** All of them where nothing is said. */
  scopes?: readonly ResourceScope[];
}

/** A subject, a database, and everything in between as the program puts it together. */
export interface World {
  subject: Subject;
  connection: Connection;
  /** Of the database. */
  file: string;
  /** What was reported to the user besides results. */
  warnings: readonly string[];
  /** A run of its own connection, as a command makes it. */
  sync(options?: SyncWish): Promise<SyncResult & { requests: number }>;
  connect(): OpenedProvider;
  /** Begins a fault; returns what ends it. One that is not ended ends with the world. */
  begin(fault: FaultName): Promise<() => Promise<void>>;
  /** All incarnations, gone ones included. */
  guests(): Promise<readonly GuestRow[]>;
  nodes(): Promise<readonly NodeRow[]>;
  /** Changes of guests since the last call, oldest first. */
  news(): Promise<readonly Change[]>;
  close(): Promise<void>;
}

const KEY = {
  id: '0123456789abcdef',
  mask: { id: '0123', secret: 'a mask key for tests' },
  sealSecret: '0f'.repeat(32),
};

export async function openWorld(kind: SubjectKind, seed = 1): Promise<World> {
  const subject = await kind.open({ seed });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-conformance-'));
  const file = path.join(folder, 'inventory.db');
  const connection = await openDatabase(await databaseAt(file));
  const histories = new HistoryRepository(connection);
  const inventory = new InventoryService({ inventory: new InventoryRepository(connection), history: histories });
  const history = new HistoryService({
    inventory: new InventoryRepository(connection),
    history: histories,
    guests: inventory,
  });
  const warnings: string[] = [];
  const faults = new Set<() => Promise<void>>();
  const told = new Set<string>();

  function connect(): OpenedProvider {
    return subject.module.open(subject.settings, {
      signal: new AbortController().signal,
      clock: subject.clock,
      onWarning: (message) => warnings.push(message),
      trustCommand: 'rollcall providers trust subject',
    });
  }

  return {
    subject,
    connection,
    file,
    warnings,
    connect,
    sync: async ({ scopes, ...options } = {}) => {
      const provider = connect();
      const service = openSyncService(provider, {
        connection,
        config: configOf(kind, subject),
        machine: { clock: subject.clock, newId: () => randomBytes(8).toString('hex') },
        rules: subject.module.rules,
        key: KEY,
      });
      try {
        const result = await (scopes ? service.syncScopes(scopes, options) : service.syncAll(options));
        return { ...result, requests: provider.requestCount() };
      } finally {
        provider.close();
      }
    },
    begin: async (name) => {
      const fault = subject.faults[name];
      if (fault === undefined) throw new Error(`${kind.kind} neither plays ${name} nor says why it cannot`);
      const end = await fault();
      faults.add(end);
      return async () => {
        faults.delete(end);
        await end();
      };
    },
    guests: () => inventory.listGuests({ presence: 'all' }),
    nodes: () => inventory.listNodes({ presence: 'all' }),
    news: async () => {
      // Fields that were read for the first time are left out unless they are asked for.
      const changes = [...(await history.listChanges()), ...(await history.listChanges({ kind: 'observed' }))];
      const fresh = changes.filter(({ rev, seq }) => !told.has(`${rev}/${seq}`));
      for (const { rev, seq } of fresh) told.add(`${rev}/${seq}`);
      fresh.sort((one, other) => one.rev - other.rev || one.seq - other.seq);
      return fresh.filter(({ resourceType }) => resourceType === 'guest');
    },
    close: async () => {
      for (const end of faults) await end();
      await connection.close();
      await subject.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As it would be stored: with references in place of secrets. */
function configOf({ kind }: SubjectKind, { settings }: Subject): ProviderConfig {
  const { credential, endpoints } = settings;
  return {
    name: 'subject',
    type: kind,
    endpoints,
    tls: { mode: 'insecure' },
    credential: referenceOf(credential),
  };
}

function referenceOf(credential: ResolvedCredential): Credential {
  switch (credential.kind) {
    case 'token':
      return { kind: 'token', tokenId: credential.tokenId, secretRef: 'env:SECRET' };
    case 'password':
      return { kind: 'password', user: credential.user, passwordRef: 'env:SECRET' };
    case 'login':
      return { kind: 'login', login: credential.login };
  }
}
