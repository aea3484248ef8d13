import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import type { ConnectionSettings } from '../../src/providers/manifest.ts';
import { databaseAt } from '../helpers/postgres.ts';
import { type Ran, runProgram } from '../helpers/world.ts';
import { AWS } from './conformance/aws-subject.ts';
import { AZURE } from './conformance/azure-subject.ts';
import { BIGFIX } from './conformance/bigfix-subject.ts';
import { GCP } from './conformance/gcp-subject.ts';
import type { Subject, SubjectKind } from './conformance/subject.ts';
import { VIRTFUSION } from './conformance/virtfusion-subject.ts';

const KINDS: readonly SubjectKind[] = [AWS, AZURE, BIGFIX, GCP, VIRTFUSION];
const OF_EACH = 4;

interface Named {
  name: string;
  kind: string;
  subject: Subject;
}

/** Options of `providers add`; the secret is in a variable of the environment. */
function optionsOf({ endpoints, tls, credential }: ConnectionSettings, variable: string): string[] {
  const where = ['--endpoint', endpoints.join(','), '--fingerprint', tls.fingerprint ?? ''];
  switch (credential.kind) {
    case 'token':
      return [...where, '--token-id', credential.tokenId, '--secret', `env:${variable}`];
    case 'password':
      return [...where, '--user', credential.user, '--password', `env:${variable}`];
    case 'login':
      return [
        ...where,
        '--login',
        credential.login,
        ...(credential.secret === undefined ? [] : ['--secret', `env:${variable}`]),
      ];
  }
}

function secretOf({ credential }: ConnectionSettings): string {
  return (credential.kind === 'password' ? credential.password : credential.secret) ?? '';
}

describe('many providers of many kinds, read at once', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rollcall-many-'));
  const providers: Named[] = [];
  let ids = 0;
  beforeAll(async () => {
    for (const kind of KINDS) {
      for (let seed = 1; seed <= OF_EACH; seed++) {
        providers.push({ name: `${kind.kind}-${seed}`, kind: kind.kind, subject: await kind.open({ seed }) });
      }
    }
  });
  afterAll(async () => {
    for (const { subject } of providers) await subject.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function rollcall(args: readonly string[]): Promise<Ran> {
    const secrets = providers.map(({ subject }, index) => [`SECRET_${index}`, secretOf(subject.settings)] as const);
    return runProgram([...args], {
      env: { ...Object.fromEntries(secrets), DATABASE_URL: await databaseAt(path.join(dir, 'rollcall.db')), HOME: dir },
      cwd: dir,
      clock: () => providers[0]?.subject.clock() ?? new Date(),
      newId: () => `id${String(++ids).padStart(14, '0')}`,
    });
  }

  async function pass(): Promise<void> {
    for (const { subject } of providers) await subject.pass();
  }

  async function guestCounts(): Promise<Map<string, number>> {
    const { rows } = await rollcall(['list-hosts', '-o', 'json']);
    const counts = new Map<string, number>();
    for (const row of rows) {
      const provider = String(row['providerName']);
      counts.set(provider, (counts.get(provider) ?? 0) + 1);
    }
    return counts;
  }

  it('are all stored, and all read', async () => {
    for (const [index, { name, kind, subject }] of providers.entries()) {
      const options = optionsOf(subject.settings, `SECRET_${index}`);
      const { status, stderr } = await rollcall(['providers', 'add', name, '--type', kind, ...options]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(`stored ${name}`) });
    }
    expect(await rollcall(['discover-all', '--quiet', '--parallel', '20'])).toMatchObject({
      status: EXIT.done,
      stderr: '',
    });
    const expected = new Map<string, number>();
    for (const { name, subject } of providers) expected.set(name, (await subject.truth()).length);
    expect(await guestCounts()).toEqual(expected);
  }, 300_000);

  it('do not spoil each other: one of each kind fails, and all others are read', async () => {
    const before = await guestCounts();
    const failing = providers.filter((_, index) => index % OF_EACH === 0);
    const ends = await Promise.all(failing.map(async ({ subject }) => subject.faults['failed-listing']?.()));
    for (const { subject } of providers) {
      const [actor = ''] = subject.actors;
      const guests = await subject.truth();
      const { nativeId = '', status } = guests.find((one) => one.status === 'stopped') ?? guests[0] ?? {};
      if (status === 'running') await subject.hand.setPower(actor, nativeId, 'stopped');
      await subject.hand.setMemory(actor, nativeId, 4_096);
    }
    await pass();
    const { status, rows } = await rollcall(['discover-all', '-o', 'json', '--parallel', '20']);
    expect(status).toBe(EXIT.partial);
    const outcomes = rows.map((row) => [row['providerName'], row['outcome']]);
    const names = new Set(failing.map(({ name }) => name));
    expect(new Map(outcomes as [string, string][])).toEqual(
      new Map(
        providers.map(({ name }) => [name, names.has(name) ? expect.stringMatching(/partial|failed/) : 'complete']),
      ),
    );
    expect(await guestCounts()).toEqual(before);
    const grown = await rollcall(['show-changes', '--kind', 'changed', '--path', 'memory', '-o', 'json']);
    const told = new Set(grown.rows.map((row) => row['provider']));
    for (const { name } of providers) expect([name, told.has(name)]).toEqual([name, !names.has(name)]);
    await Promise.all(ends.map(async (end) => end?.()));
    await pass();
    expect(await rollcall(['discover-all', '--quiet', '--parallel', '20'])).toMatchObject({ status: EXIT.done });
    expect((await rollcall(['show-changes', '--kind', 'removed', '-o', 'json'])).rows).toEqual([]);
    expect((await rollcall(['verify'])).status).toBe(EXIT.done);
  }, 300_000);
});
