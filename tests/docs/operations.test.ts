import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { tempDir } from '../helpers/temp.ts';

const dir = tempDir();
const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const operations = read('docs/operations.md');
const prose = ['README.md', 'docs/operations.md', 'docs/providers.md', 'docs/security.md'].map(read).join('\n');

/** The unit files of docs/operations.md, by the path in the first line of each. */
const units = new Map(
  Array.from(operations.matchAll(/```ini\n# \/etc\/systemd\/system\/(\S+)\n(.*?)```/gs), ([, name = '', text = '']) => [
    name,
    text,
  ]),
);
const DROP_IN = 'rollcall-.service.d/rollcall.conf';
const services = Array.from(units.keys()).filter((name) => name.endsWith('.service'));

describe('the units of docs/operations.md', () => {
  it('are a service, a job with its timer, and one drop-in that hardens both', () => {
    expect(Array.from(units.keys())).toEqual([
      DROP_IN,
      'rollcall-watch.service',
      'rollcall-discover.service',
      'rollcall-discover.timer',
    ]);
    // What hardens one unit only would be missing from the other.
    const hardening = /^(?:Protect|Private|Restrict|NoNew|Lock|Capab|SystemCall|DynamicUser|User|State|LoadCred)/m;
    expect(units.get(DROP_IN)).toMatch(hardening);
    for (const name of services) expect(units.get(name)).not.toMatch(hardening);
  });

  it('have credentials in directories of their own names', () => {
    const named = Array.from(prose.matchAll(/\/run\/credentials\/([\w.-]+)\//g), ([, unit = '']) => unit);
    expect(named.length).toBeGreaterThan(2);
    expect(new Set(named)).toEqual(new Set(services));
  });

  const check = hasSystemd() ? it : it.skip;
  check('are accepted by systemd-analyze, with the hardening in both', () => {
    for (const [name, text] of units) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), text.replaceAll('/usr/local/bin/rollcall', '/bin/true'));
    }
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:/usr/lib/systemd/system` };
    const analyze = (...args: string[]): string =>
      execFileSync('systemd-analyze', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(analyze('verify', ...services, 'rollcall-discover.timer')).toBe('');
    for (const name of services) expect(analyze('security', '--offline=true', '--threshold=20', name)).toContain(name);
  });
});

function hasSystemd(): boolean {
  try {
    const [, version = '0'] =
      /^systemd (\d+)/.exec(execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' })) ?? [];
    return Number(version) >= 250;
  } catch {
    return false;
  }
}

describe('a crontab', () => {
  it.each(['README.md', 'docs/operations.md'])('in %s sets PATH before it names the program', (file) => {
    const blocks = Array.from(read(file).matchAll(/^```\w*\n(.*?)^```$/gms), ([, text = '']) => text);
    const crontabs = blocks.filter((text) => /^\*\/5 \* /m.test(text));
    expect(crontabs).not.toEqual([]);
    for (const text of crontabs) expect(text).toMatch(/^PATH=\S*\/usr\/local\/bin\S*$/m);
  });
});

describe('the file for compose', () => {
  it('relies on nothing that compose leaves out for a secret from a file, and a provider is added in it', () => {
    const [, compose = ''] = /```yaml\n(services:.*?)```/s.exec(operations) ?? [];
    expect(compose).toContain('secrets: [prod]');
    expect(compose).not.toMatch(/\b(?:uid|mode):/);
    const uid = /useradd --system --uid (\d+)/.exec(operations)?.[1];
    expect(operations).toContain(`sudo chown ${uid} prod.secret && sudo chmod 400 prod.secret`);
    expect(operations).toMatch(/docker compose run --rm rollcall providers add prod .*\n.*file:\/run\/secrets\/prod\n/);
  });
});

it('README, package and --help say the same of what it is', () => {
  const { description } = JSON.parse(read('package.json')) as { description: string };
  expect(description).toMatch(/^Inventory and change history of every Proxmox VE and vSphere guest: /);
  expect(read('README.md').split('\n')[2]).toBe(`${description}.`);
  expect(read('src/cli/program.ts')).toContain(`'${description}.'`);
});
