import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { Ask } from '../../src/cli/output/io.ts';
import { openWorld, type World } from '../helpers/world.ts';

interface Trusting {
  world: World;
  /** Without what the environment says of certificates. */
  rollcall: (line: string, ask?: Ask) => ReturnType<World['rollcall']>;
  tls: () => Promise<unknown>;
  secret: string;
}

async function openTrusting(options: Parameters<typeof openWorld>[0] = {}): Promise<Trusting> {
  const world = await openWorld(options);
  const secret = world.lab.token.slice(world.lab.token.indexOf('=') + 1);
  const env = {
    PROXMOX_VE_ENDPOINT: undefined,
    PROXMOX_VE_API_TOKEN: undefined,
    PROXMOX_VE_CA_FILE: undefined,
    PROXMOX_VE_NAME: undefined,
    SECRET: secret,
  };
  const rollcall: Trusting['rollcall'] = (line, ask) =>
    world.rollcall(line, { env, ...(ask && { io: { ask, isErrTTY: true } }) });
  const tls = async () => (await rollcall('providers list -o json')).rows[0]?.['tls'];
  return { world, rollcall, tls, secret };
}

function addLine({ world }: Trusting, endpoints: readonly string[]): string {
  const who = `--token-id ${world.lab.token.split('=')[0]} --secret env:SECRET`;
  return `providers add prod --endpoint ${endpoints.join(',')} ${who}`;
}

/** Answers every question with yes or no, and keeps them. */
function confirming(isYes: boolean): Ask & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    text: async () => Promise.reject(new Error('a text was asked for')),
    secret: async () => Promise.reject(new Error('a secret was asked for')),
    choose: async () => Promise.reject(new Error('a choice was asked for')),
    confirm: async (message) => {
      asked.push(message);
      return isYes;
    },
  };
}

describe('on a terminal', () => {
  it('an unknown certificate is shown, and stored once it is confirmed', async () => {
    const trusting = await openTrusting();
    const { world, rollcall, tls } = trusting;
    const no = confirming(false);
    const refused = await rollcall(addLine(trusting, [world.lab.url]), no);
    expect(refused).toMatchObject({ status: EXIT.unreachable, stdout: '' });
    expect(no.asked).toEqual(['Trust this certificate from now on?']);
    expect(refused.stderr).toContain(`  SHA-256  ${world.lab.fingerprint}\n  subject  `);
    expect(refused.stderr).toMatch(
      / {2}issuer {3}.*PVE Cluster Manager CA\n {2}for {6}.*127\.0\.0\.1.*\n {2}expires {2}20\d\d-.* in \d+ days\n/,
    );
    expect((await rollcall('providers list -o name')).stdout).toBe('');

    expect(await rollcall(addLine(trusting, [world.lab.url]), confirming(true))).toMatchObject({ status: EXIT.done });
    expect(await tls()).toEqual({ mode: 'fingerprint', sha256: world.lab.fingerprint });
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it('a run that meets another certificate shows old and new, and goes on once it is confirmed', async () => {
    const trusting = await openTrusting();
    const { world, rollcall } = trusting;
    await rollcall(addLine(trusting, [world.lab.url]), confirming(true));
    const before = world.lab.fingerprint;
    world.lab.rotateCertificate('pve1');
    const no = await rollcall('discover-all', confirming(false));
    expect(no).toMatchObject({ status: EXIT.unreachable });
    expect(no.stderr).toContain(`until now ${world.lab.url} was trusted by ${before}\n`);
    expect(no.stderr).toContain(`SHA-256  ${world.lab.fingerprint}\n`);
    const yes = await rollcall('discover-all', confirming(true));
    expect(yes).toMatchObject({ status: EXIT.done, stdout: expect.stringMatching(/^prod: 4 guests/) });
    expect(await rollcall('discover-all', confirming(false))).toMatchObject({ status: EXIT.done });
    const log = await rollcall('users log --limit 1 -o json');
    expect(log.rows).toMatchObject([{ action: 'provider.trust', target: 'prod', via: 'cli' }]);
  });

  it('an environment without a word about certificates asks too', async () => {
    const { world } = await openTrusting();
    const env = { PROXMOX_VE_CA_FILE: undefined };
    const run = (ask?: Ask) => world.rollcall('discover-all', { env, ...(ask && { io: { ask } }) });
    expect(await run()).toMatchObject({
      status: EXIT.unreachable,
      stderr: expect.stringMatching(/PROXMOX_VE_FINGERPRINT=/),
    });
    expect(await run(confirming(true))).toMatchObject({
      status: EXIT.done,
      stdout: expect.stringMatching(/^lab: 4 guests/),
    });
    expect(await run()).toMatchObject({ status: EXIT.done });
  });
});

describe('without a terminal', () => {
  it('another certificate is refused with the command that trusts it, which pins every node', async () => {
    const trusting = await openTrusting({ nodes: 3, endpoints: 'per-node' });
    const { world, rollcall, tls } = trusting;
    const { lab } = world;
    expect(await rollcall(addLine(trusting, [lab.url]), confirming(true))).toMatchObject({ status: EXIT.done });
    const before = lab.fingerprint;
    lab.rotateCertificate('pve1');
    const refused = await rollcall('discover-all');
    expect(refused.status).toBe(EXIT.unreachable);
    const command = `rollcall providers trust prod --fingerprint ${lab.fingerprint}`;
    expect(refused.stderr).toContain(command);
    expect((await rollcall('providers trust prod')).stderr).toContain(`then: ${command}\n`);
    const wrong = await rollcall(`providers trust prod --fingerprint ${'AB'.repeat(32)}`);
    expect(wrong).toMatchObject({ status: EXIT.unreachable });
    expect(wrong.stderr).toContain(`${lab.url} shows ${lab.fingerprint}, which is not the given one`);

    expect(await rollcall(command.replace('rollcall ', ''))).toEqual({
      status: EXIT.done,
      stdout: '',
      stderr:
        'pinned 3 nodes: pve1, pve2, pve3\n' +
        `prod is trusted by 3 fingerprints, and was by fingerprint ${before.slice(0, 11)}…\n`,
    });
    expect(await tls()).toEqual({
      mode: 'fingerprint',
      sha256: '',
      pins: {
        [lab.url]: lab.fingerprint,
        pve1: lab.nodeFingerprint('pve1'),
        pve2: lab.nodeFingerprint('pve2'),
        pve3: lab.nodeFingerprint('pve3'),
      },
    });
    const log = await rollcall('users log --limit 1 -o json');
    expect(log.rows).toMatchObject([{ action: 'provider.trust', target: 'prod', detail: { mode: 'fingerprint' } }]);
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it("the cluster's own CA is stored after it vouched for the certificate, and outlives a renewal", async () => {
    const trusting = await openTrusting();
    const { world, rollcall, tls } = trusting;
    await rollcall(addLine(trusting, [world.lab.url]), confirming(true));
    expect(await rollcall('providers trust prod --cluster-ca')).toMatchObject({
      status: EXIT.done,
      stderr: expect.stringMatching(/^prod is trusted by the cluster's CA, and was by fingerprint /),
    });
    expect(await tls()).toEqual({ mode: 'cluster-ca', pem: world.lab.caPem });
    world.lab.rotateCertificate('pve1');
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
    expect((await rollcall('providers trust prod')).stderr).toBe(
      "prod is trusted by the cluster's CA already; nothing was changed\n",
    );
    expect((await rollcall('providers show prod')).stdout).toMatch(/trust +the cluster's CA\n/);
  });

  it('takes no --insecure for trust', async () => {
    const trusting = await openTrusting();
    await trusting.rollcall(addLine(trusting, [trusting.world.lab.url]), confirming(true));
    expect(await trusting.rollcall('providers trust prod --insecure')).toMatchObject({
      status: EXIT.usage,
      stderr: expect.stringMatching(/^error: providers trust takes --fingerprint/),
    });
  });
});

describe('several addresses', () => {
  it('are each confirmed, and each pinned; one that is down is told', async () => {
    const trusting = await openTrusting({ nodes: 2, endpoints: 'per-node' });
    const { world, rollcall, tls } = trusting;
    const urls = ['pve1', 'pve2'].map((name) => world.lab.nodeUrl(name));
    const ask = confirming(true);
    const ran = await rollcall(addLine(trusting, [...urls, 'https://127.0.0.1:1']), ask);
    expect(ran).toMatchObject({ status: EXIT.done });
    expect(ran.stderr).toMatch(/warning: https:\/\/127\.0\.0\.1:1 could not be looked at: /);
    expect(ask.asked).toHaveLength(2);
    expect(await tls()).toEqual({
      mode: 'fingerprint',
      sha256: '',
      pins: { [urls[0] ?? '']: world.lab.nodeFingerprint('pve1'), [urls[1] ?? '']: world.lab.nodeFingerprint('pve2') },
    });
  });

  it('have to be of the same cluster', async () => {
    const trusting = await openTrusting();
    const other = await openTrusting();
    const { rollcall } = trusting;
    await rollcall(addLine(trusting, [trusting.world.lab.url]), confirming(true));
    const prints = `${trusting.world.lab.fingerprint},${other.world.lab.fingerprint}`;
    const moved = await trusting.world.rollcall(
      `providers update prod --endpoint ${other.world.lab.url} --fingerprint ${prints}`,
      { env: { SECRET: other.secret, PROXMOX_VE_CA_FILE: undefined } },
    );
    expect(moved).toMatchObject({
      status: EXIT.failed,
      stderr: expect.stringMatching(/is another cluster than prod was\n/),
    });
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });
});
