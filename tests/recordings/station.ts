import path from 'node:path';
import { afterAll } from '@jest/globals';
import type { Connection, Db } from '../../src/repositories/db/connection.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type ReplayAnswers, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Ran, runProgram } from '../helpers/world.ts';

/** The recordings were made on this day. */
const FIRST_RUN_MS = Date.parse('2026-11-21T04:00:00Z');
const BETWEEN_RUNS_MS = 600_000;

/** The program with a database of its own, before a server that gives recorded answers. */
export interface Station {
  /** `discover-all` over these answers, ten minutes after the run before. */
  discover(answers: ReplayAnswers): Promise<Ran>;
  rollcall(line: string): Promise<Ran>;
  /** What is stored. */
  stored<T>(read: (db: Db, connection: Connection) => Promise<T>): Promise<T>;
  /** Times of the last run, as JSON has them. */
  now(): string;
  requests(): string[];
}

/** Calls that nobody recorded; a server that lacks them costs details. */
const NOT_RECORDED =
  /^501 \/(?:storage|cluster\/ha\/status\/current|nodes\/\w+\/(?:(?:qemu|lxc)\/\d+\/(?:pending|snapshot|agent\/network-get-interfaces)|tasks\/[^/]+\/log\?limit=\d+))$/;

export function unanswered(requests: readonly string[]): string[] {
  return requests.filter((request) => !request.startsWith('200 ') && !NOT_RECORDED.test(request));
}

const dir = tempDir();
const servers: ReplayServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** Everything of it is closed and removed after the test file. */
export async function openStation(firstRunMs = FIRST_RUN_MS): Promise<Station> {
  const server = await startReplay({}, { date: () => new Date(nowMs) });
  let nowMs = firstRunMs - BETWEEN_RUNS_MS;
  let ids = 0;
  const databaseUrl = await databaseAt(path.join(dir, `${servers.push(server)}.db`));
  const rollcall = (line: string) =>
    runProgram(line, {
      cwd: dir,
      env: {
        PROXMOX_VE_NAME: 'pve',
        PROXMOX_VE_ENDPOINT: server.url,
        PROXMOX_VE_FINGERPRINT: server.fingerprint,
        PROXMOX_VE_API_TOKEN: 'auditor@pve!ro=00000000-0000-4000-8000-000000000002',
        DATABASE_URL: databaseUrl,
        NO_COLOR: '1',
      },
      clock: () => new Date(nowMs),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  return {
    discover: (answers) => {
      server.set(answers);
      server.requests.length = 0;
      nowMs += BETWEEN_RUNS_MS;
      return rollcall('discover-all -o json');
    },
    rollcall,
    stored: async (read) => {
      const connection = await openDatabase(databaseUrl);
      try {
        return await read(connection.db, connection);
      } finally {
        await connection.close();
      }
    },
    now: () => new Date(nowMs).toISOString(),
    requests: () => server.requests.map(({ status, path: asked }) => `${status} ${asked}`),
  };
}
