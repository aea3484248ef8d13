import path from 'node:path';
import { afterAll } from '@jest/globals';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { tempDir } from '../helpers/temp.ts';
import { type Ended, type ExecOptions, exec, type Installation, outside, packedInstallation } from './installation.ts';

/** A cluster, the installed program, and a database that it has filled. */
export interface PackedWorld {
  installation: Installation;
  dir: string;
  lab: Lab;
  /** A cluster of which nothing is stored. Its secret is in OTHER. */
  other: Lab;
  database: string;
  /** The first `discover-all --quiet`. */
  first: Ended;
  /** For a database file. */
  env: (file?: string) => Record<string, string | undefined>;
  run: (args: readonly string[], options?: Partial<ExecOptions>) => Promise<Ended>;
}

/** Everything of it is closed and removed after the test file. */
export async function openPackedWorld(): Promise<PackedWorld> {
  const installation = await packedInstallation();
  const dir = tempDir();
  const lab = await openLab({ nodes: 2, vms: 4, containers: 2 });
  const other = await openLab({ nodes: 1, vms: 1, containers: 0, seed: 2 });
  const database = path.join(dir, 'rollcall.db');
  const env = (file = database) => ({
    ...outside(),
    ...lab.env(),
    PROXMOX_VE_NAME: 'lab',
    OTHER: other.token.slice(other.token.indexOf('=') + 1),
    DATABASE_URL: `file:${file}`,
  });
  const run: PackedWorld['run'] = (args, options = {}) =>
    exec(installation.bin, args, { cwd: dir, ...options, env: { ...env(), ...options.env } });
  const first = await run(['discover-all', '--quiet']);
  return { installation, dir, lab, other, database, first, env, run };
}

async function openLab(options: LabOptions): Promise<Lab> {
  const lab = await startLab(options);
  afterAll(() => lab.close());
  return lab;
}

export function tokenIdOf({ token }: Lab): string {
  return token.slice(0, token.indexOf('='));
}
