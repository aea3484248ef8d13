import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { databaseAt, storedBytes } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';

export interface PanelWorld {
  dir: string;
  database: string;
  env: Record<string, string>;
  rollcall: (line: string | readonly string[]) => Promise<Ran>;
  /** All that was printed so far, and all that the database holds. */
  everything: () => Promise<string>;
}

/** The program with a database of its own, and no provider. Removed after the test file. */
export function openPanelWorld(): PanelWorld {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-panels-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const database = path.join(dir, 'rollcall.db');
  const env: Record<string, string> = { HOME: dir };
  const printed: string[] = [];
  let ids = 0;
  return {
    dir,
    database,
    env,
    rollcall: async (line) => {
      const url = await databaseAt(database);
      const ran = await runProgram(line, {
        env: { ...env, DATABASE_URL: url },
        cwd: dir,
        newId: () => `id${String(++ids).padStart(14, '0')}`,
      });
      printed.push(ran.stdout, ran.stderr);
      return ran;
    },
    everything: async () => [...printed, await storedBytes(database)].join('\n'),
  };
}
