import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { OperationClaims } from '../../src/repositories/operations/operation-claims.ts';
import { OperationRepository } from '../../src/repositories/operations/operation-repository.ts';
import { FINDING_ID, OPERATION_ID, PRICES_FILE, PROPOSAL_ID, SERVERS_FILE } from './command-lines.ts';
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

const PRICES = `currency: EUR
rounding: { digits: 2, mode: half-even }
charge: running
byCore: { per: hour, amount: '0.01' }
byGiB: { per: hour, amount: '0.01' }
byDiskGiB: { per: hour, amount: '0.01' }
`;
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
  await addOperation(path.join(dir, 'rollcall.db'));
  await addFinding(path.join(dir, 'rollcall.db'));
  writeFileSync(path.join(dir, SERVERS_FILE), 'id,name\n1,web\n', { mode: 0o600 });
  writeFileSync(path.join(dir, PRICES_FILE), PRICES);
  return { installation, dir, lab, other, first, env, run };
}

/** Held by a process of another machine, so that no `watch` performs it. */
async function addOperation(file: string): Promise<void> {
  const connection = await openDatabase(`file:${file}`);
  const now = new Date();
  const repository = new OperationRepository(connection);
  const who = { requestedBy: 'alice', requestedVia: 'web', providerId: 'p', providerName: 'elsewhere' } as const;
  const asked = { id: OPERATION_ID, kind: 'test', parameters: {}, openKey: 'test', ...who } as const;
  const { id } = await repository.enqueue(asked, now);
  await new OperationClaims(connection).claim({ id, holder: '1@elsewhere#aa.bb' }, { now, ttlMs: 24 * 3_600_000 });
  await connection.close();
}

async function addFinding(file: string): Promise<void> {
  const connection = await openDatabase(`file:${file}`);
  const now = new Date();
  const about = {
    accountKey: 'shop:1',
    panelName: 'shop',
    guestId: 'g',
    subject: 'lab/100',
    key: 'key',
    openKey: 'key',
  };
  const evidence = { text: 'it runs', comparisons: [], guests: [], records: [] };
  const seen = { firstSeenAt: now, lastSeenAt: now };
  const kind = 'external-server';
  await connection.db.finding.create({ data: { id: FINDING_ID, kind, severity: 'low', evidence, ...about, ...seen } });
  const detail = { server: null, hours: [], why: [], doubts: [] };
  const asked = { id: PROPOSAL_ID, kind: 'charge', state: 'open', detail, createdAt: now };
  await connection.db.billingProposal.create({ data: { ...asked, ...about } });
  await connection.close();
}

async function openLab(options: LabOptions): Promise<Lab> {
  const lab = await startLab(options);
  labs.push(lab);
  return lab;
}

export function tokenIdOf({ token }: Lab): string {
  return token.slice(0, token.indexOf('='));
}
