import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { checkNode } from '../../src/cli/providers/check-machine.ts';
import { byCause } from '../../src/cli/providers/check-view.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { NO_ENVIRONMENT } from '../helpers/stored-provider.ts';
import { openWorld, type Ran, START, type World } from '../helpers/world.ts';

/** `ok tls`, `warn environment`, `FAILED dns`. */
function verdicts({ rows }: Ran): string[] {
  return rows.map(({ ok, isWarning, step }) => `${isWarning ? 'warn' : ok ? 'ok' : 'FAILED'} ${String(step)}`);
}

function stepOf({ rows }: Ran, step: string): Record<string, unknown> | undefined {
  return rows.find((row) => row['step'] === step);
}

const CONNECTION = ['dns', 'tcp', 'tls', 'authentication', 'version'];
const RIGHTS = ['permissions', 'permissions', 'permissions', 'permissions', 'permissions', 'attribution'];
const WHOLE = [...CONNECTION, ...RIGHTS, 'cluster', 'guests', 'clock'].map((step) => `ok ${String(step)}`);

async function openPrivate(): Promise<World> {
  const world = await openWorld();
  await world.rollcall('discover-all');
  return world;
}

describe('doctor', () => {
  it('looks at the machine, the database, the providers, and each connection', async () => {
    const world = await openPrivate();
    const ran = await world.rollcall('doctor -o json');
    expect(ran.status).toBe(EXIT.done);
    expect(verdicts(ran).filter((verdict) => !verdict.endsWith(' database'))).toEqual([
      'ok node',
      'ok keyring',
      'ok environment',
      'ok state',
      ...WHOLE,
    ]);
    expect(verdicts(ran)).toContain('ok database');
    expect(stepOf(ran, 'tls')).toMatchObject({
      provider: 'lab',
      endpoint: world.lab.url,
      message: expect.stringContaining(`SHA-256 ${world.lab.fingerprint} by Proxmox Virtual Environment; ends `),
    });
    const table = await world.rollcall('doctor');
    expect(table.stdout).toMatch(/^PROVIDER {6}STEP +FOUND\n- {9}ok {2}node +Node\.js v\d+/);
  });

  it('tells what is wrong with the environment, and who is paused, disabled or held', async () => {
    const world = await openPrivate();
    writeFileSync(path.join(world.dir, '.env'), 'X=1\n', { mode: 0o644 });
    const connection = await openDatabase(world.databaseUrl);
    await connection.db.provider.updateMany({
      data: {
        pausedAt: START,
        pauseReason: 'the token was refused',
        isEnabled: false,
        leaseHolder: '7@elsewhere',
        leaseSince: START,
        leaseUntil: START,
      },
    });
    await connection.close();
    world.clock.advance(60_000);
    const env = { PROXMOX_HOST: 'other', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const ran = await world.rollcall('doctor -o json', { env });
    expect(ran.status).toBe(EXIT.usage);
    const told = ran.rows.filter(({ step }) => step === 'environment' || step === 'state' || step === 'providers');
    expect(told.map(({ message, hint }) => [message, hint])).toEqual([
      [
        'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: Rollcall verifies certificates all the same, other Node.js programs do not',
        'unset it',
      ],
      ['PROXMOX_VE_ENDPOINT and PROXMOX_HOST are both set', 'PROXMOX_VE_ENDPOINT is used; unset PROXMOX_HOST'],
      ['the .env in the working directory is not read', 'name it to use it: --environment-file .env'],
      ['disabled', 'rollcall providers enable lab'],
      [expect.stringMatching(/^paused since .*: the token was refused$/), 'rollcall providers enable lab'],
      [expect.stringMatching(/^was synced by 7@elsewhere since .*, which has stopped/), 'the next run takes it over'],
      ['no provider is enabled: lab', 'rollcall providers enable lab'],
    ]);
    await world.rollcall('providers enable lab');
    const after = await world.rollcall('doctor -o json');
    expect(after.status).toBe(EXIT.done);
    expect(stepOf(after, 'tls')).toMatchObject({ ok: true });
  });

  it('tells of addresses that failed, of those too that the cluster told of', async () => {
    const world = await openPrivate();
    const connection = await openDatabase(world.databaseUrl);
    const { id: providerId } = await connection.db.provider.findFirstOrThrow();
    const down = {
      isConfigured: false,
      node: 'pve2',
      failures: 2,
      error: 'the connection was refused',
      lastOkAt: START,
      retryAt: START,
    };
    await connection.db.endpointHealth.create({ data: { providerId, url: 'https://192.0.2.2:8006', ...down } });
    await connection.close();
    const ran = await world.rollcall('doctor -o json');
    expect(ran.status).toBe(EXIT.done);
    expect(stepOf(ran, 'state')).toMatchObject({
      isWarning: true,
      endpoint: 'https://192.0.2.2:8006',
      message: expect.stringMatching(/^2 failures in a row: the connection was refused, tried again by the next run$/),
      hint: 'see whether node pve2 is up, and whether https://192.0.2.2:8006 can be reached from here',
    });
  });

  it('names the secret that is in no keyring, and a configuration that is none', async () => {
    const world = await openPrivate();
    await world.rollcall('providers add k --endpoint x --token-id a@pve!b --secret keyring:a/b --no-check');
    const none = async (): Promise<never> => {
      throw new (await import('../../src/types/errors.ts')).AppError('configuration', 'no keyring can be used here');
    };
    const io = { keyring: { get: none, set: none } };
    const ran = await world.rollcall('doctor -o json --provider k', { io, env: { PROXMOX_VE_API_TOKEN: 'broken' } });
    expect(ran.status).toBe(EXIT.usage);
    expect(stepOf(ran, 'keyring')).toMatchObject({
      ok: false,
      message: 'there is none, and it holds the secret of k',
    });
    expect(stepOf(ran, 'environment')).toMatchObject({
      isWarning: true,
      message: 'PROXMOX_VE_API_TOKEN is not an API token',
    });
    expect(stepOf(ran, 'settings')).toMatchObject({ ok: false, message: 'no keyring can be used here' });
  });

  it('says so when the database cannot be used, and ends there', async () => {
    const world = await openWorld();
    const file = path.join(world.dir, 'no-database');
    writeFileSync(file, 'this is no database, but a text that is long enough to be read as its header '.repeat(3));
    const ran = await world.rollcall('doctor -o json', { env: { DATABASE_URL: `file:${file}` } });
    expect(ran.status).toBe(EXIT.failed);
    expect(stepOf(ran, 'database')).toMatchObject({ ok: false, message: expect.stringContaining('is not a database') });
    expect(stepOf(ran, 'tls')).toBeUndefined();
  });

  it('tests what the environment describes while nothing is stored, and tells others who can write the file', async () => {
    const world = await openWorld();
    const file = path.join(world.dir, 'open.db');
    const env = { DATABASE_URL: `file:${file}` };
    expect((await world.rollcall('discover-all', { env })).status).toBe(EXIT.done);
    chmodSync(file, 0o666);
    const ran = await world.rollcall('doctor -o json', { env });
    expect(ran.rows).toContainEqual(
      expect.objectContaining({
        step: 'database',
        isWarning: true,
        message: 'others can write to it (mode 666)',
        hint: `chmod go-w ${file}`,
      }),
    );
    const nothing = await world.rollcall('doctor -o json', {
      env: {
        PROXMOX_VE_ENDPOINT: undefined,
        PROXMOX_VE_API_TOKEN: undefined,
        DATABASE_URL: `file:${world.dir}/new.db`,
      },
    });
    expect(stepOf(nothing, 'providers')).toMatchObject({ ok: false });
    expect(nothing.status).toBe(EXIT.usage);
  });

  it.each([
    ['v20.19.0', true],
    ['v20.18.3', false],
    ['v22.14.0', true],
    ['v23.1.0', false],
    ['v24.1.0', true],
  ])('Node.js %s: %s', (version, ok) => expect(checkNode(version)).toMatchObject({ ok }));
});

describe('providers test', () => {
  it('tells each address by itself; one that is down makes it partial', async () => {
    const world = await openWorld({ nodes: 2, endpoints: 'per-node' });
    const env = {
      PROXMOX_VE_ENDPOINT: [world.lab.nodeUrl('pve1'), 'https://127.0.0.1:1', 'https://no.such.host.invalid'].join(),
    };
    const ran = await world.rollcall('providers test -o json', { env });
    expect(ran.status).toBe(EXIT.partial);
    expect(verdicts(ran).slice(0, 6)).toEqual(['ok dns', 'ok tcp', 'ok tls', 'ok dns', 'FAILED tcp', 'FAILED dns']);
    const table = await world.rollcall('providers test', { env });
    expect(table.stdout).toMatch(/STEP +ENDPOINT +FOUND/);
    expect(table.stderr).toMatch(/hint: /);
  });

  it('tells a certificate that is not trusted, one that ends soon, and one that nobody looks at', async () => {
    const world = await openWorld();
    const env = { PROXMOX_VE_CA_FILE: undefined };
    const unknown = await world.rollcall('providers test -o json', { env });
    expect(unknown.status).toBe(EXIT.unreachable);
    expect(stepOf(unknown, 'tls')).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^not trusted \(.*\): SHA-256 /),
      hint: expect.stringContaining(`PROXMOX_VE_FINGERPRINT=${world.lab.fingerprint}`),
    });
    const insecure = await world.rollcall('providers test --insecure -o json', { env });
    expect(stepOf(insecure, 'tls')).toMatchObject({
      ok: true,
      isWarning: true,
      message: expect.stringMatching(/\(not verified\)$/),
    });
    const clock = () => new Date(Date.now() + 720 * 86_400_000);
    const old = await world.rollcall('providers test -o json', { io: { clock } });
    expect(stepOf(old, 'tls')).toMatchObject({
      ok: true,
      isWarning: true,
      hint: expect.stringMatching(/pvecm updatecerts/),
    });
    const pinned = await world.rollcall(`providers test --fingerprint ${world.lab.fingerprint} -o json`, { env });
    expect(stepOf(pinned, 'tls')).toMatchObject({ ok: true, message: expect.stringMatching(/\(pinned\)$/) });
  });

  it.each([
    [
      'a token without rights',
      (world: World) => world.lab.noRightsToken,
      EXIT.denied,
      "--tokens 'nobody@pve!none' --roles PVEAuditor",
    ],
    [
      'a token of one pool',
      (world: World) => world.lab.poolToken,
      EXIT.denied,
      'pveum acl modify / --users pooluser@pve --roles PVEAuditor',
    ],
  ])('%s gets the lines that give it what it lacks', async (_name, token, status, line) => {
    const world = await openWorld();
    const ran = await world.rollcall('providers test', { env: { PROXMOX_VE_API_TOKEN: token(world) } });
    expect(ran.status).toBe(status);
    const failures = ran.stdout.match(/^FAILED .*$/gm);
    expect(failures).toEqual([
      expect.stringMatching(
        /^FAILED {2}permissions {5}missing: VM\.Audit on \/vms \(guests\), Sys\.Audit on \/nodes \(nodes\), /,
      ),
      expect.stringMatching(/^FAILED {2}attribution {5}missing: Sys\.Syslog on \/ \(who changed a configuration\)$/),
    ]);
    expect(ran.stderr).toContain(line);
    expect(ran.stderr).toContain('pveum role add RollcallLog --privs Sys.Syslog && pveum acl modify / ');
  });
});

describe('one cause', () => {
  it('is one row, however many providers and addresses it fails', async () => {
    const world = await openWorld();
    for (let index = 0; index < 12; index += 1) {
      const addresses = `127.0.0.1:${index + 1},127.0.0.1:${index + 101}`;
      await world.rollcall(
        `providers add dead${index} --endpoint ${addresses} --token-id a@pve!b --secret env:X --no-check`,
      );
    }
    const env = { ...NO_ENVIRONMENT, X: 'x' };
    const ran = await world.rollcall('doctor', { env });
    expect(ran.stdout.match(/FAILED/g)).toHaveLength(1);
    expect(ran.stdout).toMatch(
      /dead0, dead1, dead10, dead11, dead2 and 7 more +FAILED +tcp .*\(and 23 failures alike\)/,
    );
    expect(ran.stderr.match(/^hint: /gm)).toHaveLength(1);
    // The value itself has them all.
    const failed = (await world.rollcall('doctor -o json', { env })).rows.filter(({ ok }) => ok !== true);
    expect(failed).toHaveLength(24);
    expect(byCause([{ provider: null, step: 'a', ok: false, message: 'x' }])).toHaveLength(1);
  });

  it('is one row where a server answers every call in the same words, and the last where it answers no more', async () => {
    const world = await openWorld();
    const status = { kind: 'status', status: 500, reason: 'no space left on device' } as const;
    const heal = world.lab.faults.add({ match: /permissions|cluster/, effect: status });
    const ran = await world.rollcall('providers test');
    expect(ran.stdout.match(/^FAILED.*$/gm)).toEqual([
      expect.stringMatching(/^FAILED +permissions, cluster, guests +GET .* no space left .*\(and 2 failures alike\)$/),
    ]);
    heal();
    world.lab.faults.add({ match: /permissions/, effect: { ...status, status: 504 } });
    const down = await world.rollcall('providers test -o json');
    expect(verdicts(down).filter((verdict) => verdict.startsWith('FAILED'))).toEqual(['FAILED permissions']);
    expect(verdicts(down).at(-1)).toBe('FAILED permissions');
  });

  it('of the environment is told once, and each of several problems in a row of its own', async () => {
    const world = await openWorld();
    const env = { PROXMOX_VE_API_TOKEN: 'broken', PROXMOX_VE_INSECURE: 'perhaps' };
    const ran = await world.rollcall('doctor', { env });
    expect(ran.status).toBe(EXIT.usage);
    expect(ran.stdout.match(/^FAILED .*$/gm)).toEqual([
      expect.stringMatching(/^FAILED +environment +PROXMOX_VE_INSECURE is neither true nor false$/),
      expect.stringMatching(/^FAILED +environment +PROXMOX_VE_API_TOKEN is not an API token$/),
    ]);
    expect(ran.stdout + ran.stderr).not.toContain('\\n');
    await world.rollcall('providers add a --endpoint a --token-id a@pve!b --secret env:X --no-check', {
      env: NO_ENVIRONMENT,
    });
    const stored = await world.rollcall('doctor', { env: { ...env, PROXMOX_VE_NAME: 'a' } });
    expect(stored.stdout + stored.stderr).not.toContain('\\n');
  });
});
