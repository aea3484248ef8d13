import path from 'node:path';
import { afterAll } from '@jest/globals';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { type Ended, type ExecOptions, exec, type Installation, outside, packedInstallation } from './installation.ts';

/** A cluster, the installed program, and a database that it has filled. */
export interface PackedWorld {
  installation: Installation;
  dir: string;
  lab: Lab;
  /** A cluster of which nothing is stored. Its secret is in OTHER. */
  other: Lab;
  /** The first `discover-all --quiet`. */
  first: Ended;
  /** Of a user whose database and configuration lie in this folder. */
  env: (folder?: string) => Record<string, string | undefined>;
  run: (args: readonly string[], options?: Partial<ExecOptions>) => Promise<Ended>;
}

const labs: Lab[] = [];
afterAll(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

/** In the folder `dir`; the labs are closed after the test file. */
export async function openPackedWorld(dir: string): Promise<PackedWorld> {
  const installation = await packedInstallation();
  const lab = await openLab({ nodes: 2, vms: 4, containers: 2 });
  const other = await openLab({ nodes: 1, vms: 1, containers: 0, seed: 2 });
  const env = (folder = dir) => ({
    ...outside(),
    ...lab.env(),
    PROXMOX_VE_NAME: 'lab',
    OTHER: other.token.slice(other.token.indexOf('=') + 1),
    DATABASE_URL: `file:${path.join(folder, 'rollcall.db')}`,
    XDG_CONFIG_HOME: path.join(folder, 'config'),
  });
  const run: PackedWorld['run'] = (args, options = {}) =>
    exec(installation.bin, args, { cwd: dir, ...options, env: { ...env(), ...options.env } });
  const first = await run(['discover-all', '--quiet']);
  return { installation, dir, lab, other, first, env, run };
}

async function openLab(options: LabOptions): Promise<Lab> {
  const lab = await startLab(options);
  labs.push(lab);
  return lab;
}

export function tokenIdOf({ token }: Lab): string {
  return token.slice(0, token.indexOf('='));
}
