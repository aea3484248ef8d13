// @ts-check
// Builds the web page into dist/web, a step of `npm run build`. What was built is kept in node_modules/.cache by a digest of its
// sources, because many tests build the program and few change the page.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { root } from './ready.mjs';
import { bundledFolders, thirdPartyText } from './third-party.mjs';

const target = path.join(root, 'dist/web');
const cache = path.join(root, 'node_modules/.cache/rollcall-web');
/** What the page imports from, complete: the build fails when it finds more. */
const SOURCES = [
  'web',
  'src/protocol',
  'src/client',
  'src/api/server-words.ts',
  'src/providers/proxmox/manifest.ts',
  'src/providers/vsphere/manifest.ts',
  'src/providers/vsphere/soap/server-words.ts',
  'src/providers/gcp/address.ts',
  'src/providers/gcp/manifest.ts',
  'src/providers/gcp/server-words.ts',
  'src/providers/virtfusion/manifest.ts',
  'src/providers/virtfusion/server-words.ts',
  'src/providers/bigfix/manifest.ts',
  'src/providers/azure/manifest.ts',
  'src/providers/azure/server-words.ts',
  'src/providers/azure/subscription-address.ts',
  'src/providers/azure/login/ways.ts',
  'src/providers/aws/manifest.ts',
  'src/providers/aws/scope-address.ts',
  'src/providers/aws/server-words.ts',
  'src/services/selectors',
  'src/text',
  'src/types',
  'src/cli/changes/change-record.ts',
  'src/cli/completion/selector-term.ts',
  'src/cli/output',
];

const kept = path.join(
  cache,
  digestOf([...SOURCES, 'scripts/web.mjs', 'scripts/third-party.mjs', 'package-lock.json']),
);
if (!existsSync(kept)) {
  const built = await build({ configFile: path.join(root, 'web/vite.config.ts'), logLevel: 'warn' });
  const modules = modulesOf(built);
  requireSources(modules);
  writeFileSync(path.join(target, 'THIRD-PARTY.txt'), thirdPartyText(bundledFolders(modules)));
  compress();
  keep();
}
rmSync(target, { recursive: true, force: true });
cpSync(kept, target, { recursive: true });

/**
 * Relative to the checkout.
 * @param {Awaited<ReturnType<typeof build>>} built
 */
function modulesOf(built) {
  const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  const ids = outputs.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
  return ids.filter((id) => id.startsWith(root)).map((id) => path.relative(root, id).replaceAll(path.sep, '/'));
}

/**
 * A module that the digest leaves out could change without a new page.
 * @param {readonly string[]} modules
 */
function requireSources(modules) {
  const isKnown = (/** @type {string} */ file) => SOURCES.some((one) => file === one || file.startsWith(`${one}/`));
  const others = modules.filter((file) => !file.startsWith('node_modules/') && !isKnown(file));
  if (others.length > 0) throw new Error(`scripts/web.mjs: SOURCES lacks ${others.join(', ')}`);
}

/** The server sends files as they are. */
function compress() {
  const assets = path.join(target, 'assets');
  for (const name of readdirSync(assets).filter((one) => /\.(?:js|css|svg)$/.test(one))) {
    const content = readFileSync(path.join(assets, name));
    writeFileSync(path.join(assets, `${name}.br`), brotliCompressSync(content));
    writeFileSync(path.join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

function keep() {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  // Complete, or not there.
  const half = `${kept}.${process.pid}`;
  cpSync(target, half, { recursive: true });
  renameSync(half, kept);
}

/** @param {readonly string[]} names */
function digestOf(names) {
  const digest = createHash('sha256').update(process.version);
  for (const file of names.flatMap(filesOf).sort())
    digest.update(`${file}\0`).update(readFileSync(path.join(root, file)));
  return digest.digest('hex').slice(0, 24);
}

/**
 * @param {string} name
 * @returns {string[]}
 */
function filesOf(name) {
  const full = path.join(root, name);
  if (!existsSync(full)) return [];
  if (path.extname(name) !== '') return [name];
  return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(name, entry.name);
    return entry.isDirectory() ? filesOf(inner) : [inner];
  });
}
