// @ts-check
// Puts the program together in dist/bin: rollcall.js, and a file for each part that is loaded when a command needs it. Node 20
// takes a third of a millisecond to find, read and link one module, and `discover-all` has 400 with those of its libraries.
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as putTogether } from 'esbuild';
import { root } from './ready.mjs';
import { bundledFolders, thirdPartyText } from './third-party.mjs';

rmSync(path.join(root, 'dist/bin'), { recursive: true, force: true });

/**
 * Requests go through an adapter of our own. axios brings two more, and forms, and with them fetch, a list of all media types
 * and what follows redirects: they are left out with the empty module that axios has for browsers.
 * @type {import('esbuild').Plugin}
 */
const withoutAdapters = {
  name: 'without-adapters',
  setup: (build) => {
    const lib = path.join(root, 'node_modules/axios/lib');
    const unused = ['adapters/http.js', 'adapters/fetch.js', 'platform/node/classes/FormData.js'];
    build.onResolve({ filter: /\/(?:http|fetch|FormData)\.js$/ }, ({ path: imported, resolveDir }) => {
      const file = path.relative(lib, path.join(resolveDir, imported)).replaceAll(path.sep, '/');
      return unused.includes(file) ? { path: path.join(lib, 'helpers/null.js') } : null;
    });
  },
};

/**
 * What answers a shell is put together by itself: it shares little with the rest, and would tear it into more files.
 * @type {import('esbuild').Plugin}
 */
const withoutCompletion = {
  name: 'without-completion',
  setup: (build) => {
    build.onResolve({ filter: /\/completion\/answer\.ts$/ }, () => ({ path: './completion.js', external: true }));
  },
};

/**
 * The server shares its parts with many commands, and would tear them into more files: it is put together by itself, too.
 * @type {import('esbuild').Plugin}
 */
const withoutServer = {
  name: 'without-server',
  setup: (build) => {
    build.onResolve({ filter: /\/serve\/run-serve\.ts$/ }, () => ({ path: './serve.js', external: true }));
  },
};

/**
 * Fastify can answer requests that tests make without a socket; nobody does.
 * @type {import('esbuild').Plugin}
 */
const withoutInjection = {
  name: 'without-injection',
  setup: (build) => {
    build.onResolve({ filter: /^light-my-request$/ }, () => ({ path: 'light-my-request', namespace: 'empty' }));
    build.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: '' }));
  },
};

/** Parts of src that one file holds: each command that opens the database needs them, and others only one of them. */
const TOGETHER = [
  [
    'repositories/db/dialect.ts',
    'repositories/db/row.ts',
    'repositories/db/where.ts',
    'repositories/db/stored-shape.ts',
    'repositories/db/document-shape.ts',
  ],
  ['repositories/db/open-sqlite.ts', 'repositories/db/sqlite-driver.ts'],
  [
    'repositories/inventory/guest-rows.ts',
    'repositories/inventory/node-rows.ts',
    'repositories/inventory/storage-rows.ts',
  ],
  [
    'repositories/inventory/inner-rows.ts',
    'repositories/inventory/endpoint-rows.ts',
    'repositories/inventory/stored-scopes.ts',
  ],
];

/**
 * esbuild puts two modules into one file only if the same parts of the program need both. Those of a group import each other.
 * @type {import('esbuild').Plugin}
 */
const withGroups = {
  name: 'with-groups',
  setup: (build) => {
    const src = path.join(root, 'src');
    const names = TOGETHER.flat().map((file) => path.basename(file, '.ts'));
    build.onLoad({ filter: new RegExp(`/(?:${names.join('|')})\\.ts$`) }, ({ path: file }) => {
      const name = path.relative(src, file).replaceAll(path.sep, '/');
      const group = TOGETHER.find((one) => one.includes(name));
      if (group === undefined) return null;
      const others = group.filter((one) => one !== name).map((one) => `import ${JSON.stringify(path.join(src, one))};`);
      return { contents: `${readFileSync(file, 'utf8')}${others.join('\n')}\n`, loader: 'ts' };
    });
  },
};

/** @type {import('esbuild').BuildOptions & { metafile: true }} */
const settings = {
  absWorkingDir: root,
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Native code is found from its own place, and pg tries to load pg-native. The SQLite driver is loaded by require().
  external: ['@napi-rs/keyring', 'pg-native'],
  banner: {
    js: "import { createRequire as createRequireOfPart } from 'node:module';\nconst require = createRequireOfPart(import.meta.url);",
  },
  // Without the sources themselves: where in them a line comes from is all that a stack trace needs.
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};
const main = await putTogether({
  ...settings,
  entryPoints: { rollcall: 'src/cli/main.ts' },
  plugins: [withoutAdapters, withoutCompletion, withoutServer, withGroups],
});
const serve = await putTogether({
  ...settings,
  entryPoints: { serve: 'src/cli/serve/run-serve.ts' },
  chunkNames: 'serve-[hash]',
  plugins: [withoutAdapters, withoutInjection],
  // ws would take native code where some lies around, and does without it.
  define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
});
const completion = await putTogether({
  ...settings,
  entryPoints: { completion: 'src/cli/completion/answer.ts' },
  chunkNames: 'completion-[hash]',
});
const outputs = { ...main.metafile.outputs, ...completion.metafile.outputs, ...serve.metafile.outputs };

// npm does it for what it unpacks, and not for a checkout that it links.
chmodSync(path.join(root, 'dist/bin/rollcall.js'), 0o755);

/** Which modules are in which file, for the test of what a command loads. */
const parts = Object.entries(outputs)
  .filter(([file]) => file.endsWith('.js'))
  .map(([file, { inputs }]) => [path.basename(file), Object.keys(inputs)]);
writeFileSync(path.join(root, 'dist/parts.json'), `${JSON.stringify(Object.fromEntries(parts), null, 1)}\n`);

/** What it loads from elsewhere, for the test of what has to be installed with it. */
const externals = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
const names = [...new Set(externals.map((one) => one.path))]
  .filter((name) => !isBuiltin(name) && !name.startsWith('./'))
  .sort();
writeFileSync(path.join(root, 'dist/externals.json'), `${JSON.stringify(names)}\n`);

// What completion offers, from the command tree: to load all commands would take a shell too long.
const { wholeTree } = await import(pathToFileURL(path.join(root, 'dist/cli/completion-tree.js')).href);
const { sqlite, postgresql } = await import(pathToFileURL(path.join(root, 'dist/generated/migrations.js')).href);
/** @param {readonly { name: string }[]} migrations */
const newest = (migrations) =>
  migrations
    .map(({ name }) => name)
    .sort()
    .at(-1);
const tree = { ...(await wholeTree()), migrations: { sqlite: newest(sqlite), postgresql: newest(postgresql) } };
writeFileSync(path.join(root, 'dist/bin/completion.json'), JSON.stringify(tree));

// Read beside the program by what `rollcall api` and its completion know of the vendor's API.
const endpoints = 'pve-endpoints.ndjson';
copyFileSync(path.join(root, 'src/providers/proxmox/endpoints', endpoints), path.join(root, 'dist/bin', endpoints));

const bundled = bundledFolders(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
writeFileSync(path.join(root, 'dist/bin/THIRD-PARTY.txt'), thirdPartyText(bundled));

// The last step of `npm run build`: scripts/ready.mjs compares its time with that of the sources.
writeFileSync(path.join(root, 'dist/.built'), '');
