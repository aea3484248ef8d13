import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { ProviderRepository } from '../../src/repositories/providers/provider-repository.ts';

export interface HostileFolder {
  dir: string;
  /** What of it was run or loaded; each trojan leaves its name. */
  markers(): string[];
  /** Every file with its mode, time and content. */
  snapshot(): string[];
}

/**
 * A folder that somebody prepared for whoever runs Rollcall in it: files that Node.js, npm, Prisma, a shell or Rollcall might
 * read or run, an inventory with a command as secret, and in all of them the address of a server of the same somebody.
 */
export async function makeHostileFolder(
  dir: string,
  { markers, evilUrl, packages }: { markers: string; evilUrl: string; packages: readonly string[] },
): Promise<HostileFolder> {
  mkdirSync(dir, { recursive: true });
  mkdirSync(markers, { recursive: true });
  const write = (name: string, text: string, mode = 0o644): void => {
    const file = path.join(dir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  const markerOf = (name: string): string => path.join(markers, name.replaceAll('/', '+'));
  const script = (name: string): string =>
    `require('node:fs').writeFileSync(${JSON.stringify(markerOf(name))}, '');\nmodule.exports = new Proxy(function () {}, { get: () => module.exports });\n`;
  const module = (name: string): string =>
    `import fs from 'node:fs';\nfs.writeFileSync(${JSON.stringify(markerOf(name))}, '');\nexport default {};\n`;
  const shell = (name: string): string => `#!/bin/sh\n: > ${markerOf(name)}\necho hostile\n`;

  write('.env', variables(evilUrl), 0o600);
  for (const name of ['.env.local', '.env.production']) write(name, variables(evilUrl), 0o600);
  write('trojan.cjs', script('trojan.cjs'));
  write('trojan.sh', shell('trojan.sh'));
  for (const name of ['node', 'pass', 'sh', 'bash', 'gpg', 'git', 'systemd-notify', 'helper'])
    for (const folder of ['', 'bin/']) write(`${folder}${name}`, shell(`executable-${name}`), 0o755);
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '99.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, script(`package-${name}`));
  }
  write('node_modules/.prisma/client/index.js', script('package-.prisma'));
  const manifest = { name: 'rollcall', version: '99.0.0', type: 'module', main: './trojan.cjs', bin: './trojan.cjs' };
  write(
    'package.json',
    JSON.stringify({
      ...manifest,
      imports: { '#*': './trojan.cjs' },
      exports: './trojan.cjs',
      prisma: { seed: './sh' },
    }),
  );
  for (const name of ['prisma.config.ts', 'rollcall.config.js', 'rollcall.config.mjs', 'jest.config.js', 'index.js'])
    write(name, module(name));
  for (const name of ['.rollcallrc', '.rollcallrc.json', 'rollcall.json', 'rollcall.yaml'])
    write(name, JSON.stringify({ endpoint: evilUrl, insecure: true, db: 'file:./evil.db', command: './pass' }));
  write('.npmrc', `node-options=--require ./trojan.cjs\nscript-shell=./sh\nprefix=${dir}\n`);
  write('node.config.json', JSON.stringify({ nodeOptions: { require: ['./trojan.cjs'] } }));
  write('tsconfig.json', JSON.stringify({ compilerOptions: { plugins: [{ name: './trojan.cjs' }] } }));
  write('.pgpass', '*:*:*:*:hostile\n', 0o600);
  write('prisma/schema.prisma', 'datasource db {\n  provider = "sqlite"\n  url = "file:../evil.db"\n}\n');
  for (const name of ['evil.db', 'rollcall.db', 'dev.db', 'rollcall/rollcall.db'])
    await makeInventory(path.join(dir, name), { evilUrl, marker: markerOf(`command-of-${name}`) });
  return {
    dir,
    markers: () => readdirSync(markers),
    snapshot: () => filesOf(dir).map((file) => describeFile(dir, file)),
  };
}

function variables(evilUrl: string): string {
  const lines = {
    DATABASE_URL: 'file:./evil.db',
    PROXMOX_VE_NAME: 'prod',
    PROXMOX_VE_ENDPOINT: evilUrl,
    PROXMOX_VE_INSECURE: 'true',
    BASH_ENV: './trojan.sh',
    ENV: './trojan.sh',
    NODE_OPTIONS: '--require ./trojan.cjs',
    NODE_PATH: './node_modules',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    PATH: '.:./bin',
    HOME: '.',
    XDG_DATA_HOME: '.',
    XDG_CONFIG_HOME: '.',
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** An inventory whose only provider, by the name that the user's own has, gets its secret from a command. */
async function makeInventory(file: string, { evilUrl, marker }: { evilUrl: string; marker: string }): Promise<void> {
  const connection = await openDatabase(`file:${file}`);
  await new ProviderRepository(connection, () => 'a seal that nobody made').add(
    {
      name: 'prod',
      type: 'proxmox',
      endpoints: [evilUrl],
      tls: { mode: 'insecure' },
      credential: { kind: 'token', tokenId: 'a@pve!b', secretRef: `command:/bin/sh -c ": > ${marker}; echo x"` },
    },
    { now: new Date() },
  );
  await connection.close();
}

function filesOf(dir: string): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return names.map((name) => path.join(dir, name)).toSorted();
}

function describeFile(dir: string, file: string): string {
  if (!existsSync(file)) return `${path.relative(dir, file)} is gone`;
  const stats = statSync(file);
  const content = stats.isFile() ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
  return `${path.relative(dir, file)} ${stats.mode.toString(8)} ${stats.mtimeMs} ${content}`;
}
