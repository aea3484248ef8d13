import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { renderHosts } from '../../src/services/exports/hosts-file.ts';
import { renderSshConfig } from '../../src/services/exports/ssh-config.ts';
import { loginLines } from '../../src/services/exports/ssh-values.ts';
import { describeReaders } from '../helpers/export-readers.ts';
import { tempDir } from '../helpers/temp.ts';
import { guestRow, HOSTILE_NAMES, hostileGuests, inventoryOf } from './guests.ts';

const dir = tempDir();
const PWNED = '/tmp/pwned';
const hostile = inventoryOf(hostileGuests(), ['lab: node\npve1 *']);

function config(domain?: string): string {
  return String(renderSshConfig(hostile, { user: 'admin', ...(domain !== undefined && { domain }) }).content);
}

function hostsOf(text: string): string[] {
  return [...text.matchAll(/^Host (.*)$/gm)].map(([, name = '']) => name);
}

function read(file: string, host: string): string {
  return execFileSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('an SSH configuration', () => {
  it('has lines of four kinds only, whatever guests are called', () => {
    const line = /^(?:# [^\n]*|Host [A-Za-z0-9][\w.-]*| {4}HostName [\d.]+| {4}User admin|)$/;
    expect(
      config()
        .split('\n')
        .filter((text) => !line.test(text)),
    ).toEqual([]);
    expect(hostsOf(config())).toHaveLength(HOSTILE_NAMES.length);
    expect(new Set(hostsOf(config())).size).toBe(HOSTILE_NAMES.length);
  });

  it('takes no name of a server elsewhere', () => {
    expect(hostsOf(config())).toContain('github.com-lab-1021');
    expect(hostsOf(config('example.com,com'))).toContain('github.com');
    expect(() => config('a b')).toThrow("'a b' is no domain");
  });

  it.each([
    [{ user: '-x' }, "'-x' is no user"],
    [{ user: 'a b' }, "'a b' is no user"],
    [{ user: 'a\nProxyCommand x' }, 'is no user'],
    [{ port: '0' }, "'0' is no port"],
    [{ port: '22 x' }, 'is no port'],
    [{ key: 'a"b' }, 'is no key'],
    [{ key: 'a\nb' }, 'is no key'],
    [{ key: '$(touch x)' }, 'is no key'],
    [{ key: '`touch x`' }, 'is no key'],
  ])('refuses the login %j', (login, message) => {
    expect(() => loginLines(login)).toThrow(message);
  });
});

describeReaders('ssh', () => {
  it('takes each host for the machine that it is, and runs nothing', () => {
    rmSync(PWNED, { force: true });
    const file = path.join(dir, 'config');
    writeFileSync(file, config());
    const addresses = hostsOf(config()).map((host) => {
      const told = read(file, host);
      expect(told).not.toMatch(/^proxycommand/m);
      expect(told).toMatch(/^user admin$/m);
      return /^hostname (.*)$/m.exec(told)?.[1];
    });
    expect(addresses).toEqual(HOSTILE_NAMES.map((_, index) => `10.1.0.${index + 1}`));
    expect(read(file, 'elsewhere.example')).toMatch(/^hostname elsewhere\.example$/m);
    expect(existsSync(PWNED)).toBe(false);
  });

  it('takes the key, port and user of a login', () => {
    const file = path.join(dir, 'login');
    const inventory = inventoryOf([guestRow({ name: 'web', ip: 'fd00::5/64' })]);
    const { content } = renderSshConfig(inventory, { user: 'me@corp', port: '2222', key: '/keys/my key' });
    writeFileSync(file, content);
    const told = read(file, 'web');
    expect(told).toMatch(/^user me@corp$/m);
    expect(told).toMatch(/^port 2222$/m);
    expect(told).toMatch(/^hostname fd00::5$/m);
    expect(told).toMatch(/^identityfile \/keys\/my key$/m);
  });
});

const TAKEN = [
  'localhost',
  'LOCALHOST4',
  'localhost6.localdomain6',
  'localdomain',
  'loopback',
  'wpad',
  'wpad.example.com',
  'isatap',
  '_gateway',
  'gateway',
  'ip6-allnodes',
  'ipv6-loopback',
  'broadcasthost',
  'PVE1',
  'pve1.example.com',
  'vcenter',
];

it.each(TAKEN)('a guest called %s gets its provider and id, and is warned of', (name) => {
  const inventory = inventoryOf([guestRow({ vmid: 100, name, ip: '10.0.0.66/24' })], [], {
    servers: new Set(['pve1', 'vcenter']),
  });
  const plain = `${name.replace(/^_/, '')}-lab-100`;
  for (const { content, warnings } of [
    renderHosts(inventory, { domain: 'example.com,localdomain6' }),
    renderSshConfig(inventory, { domain: 'example.com,localdomain6' }),
  ]) {
    expect(/^(?:10\.0\.0\.66|Host) +(\S+)/m.exec(String(content))?.[1]).toBe(plain);
    expect(warnings).toEqual([`a guest written under another name: lab/100 ${name} as ${plain}`]);
  }
});

it.each(['::ffff:127.0.0.1', '0:0:0:0:0:0:0:1', '255.255.255.255', 'ff02::1'])('a guest at %s is left out', (ip) => {
  const inventory = inventoryOf([guestRow({ vmid: 100, name: 'web', ip })]);
  expect(renderHosts(inventory, {}).content).toBe('# no address: lab/100 web\n');
});

it('a hosts file has an address, a name and a comment in each line', () => {
  const lines = String(renderHosts(hostile, {}).content).split('\n').slice(0, -1);
  expect(lines.filter((line) => !/^(?:[\d.]+ +[A-Za-z0-9][\w.-]* {2})?# [^\n]*$/.test(line))).toEqual([]);
  const names = lines.flatMap((line) => /^[\d.]+ +(\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(HOSTILE_NAMES.length);
  expect(names.filter((name) => ['localhost', '10.0.0.99', 'github.com'].includes(name))).toEqual([]);
});
