// @ts-check
// Puts the program together in dist/bin: rollcall.js, and a file for each part that is loaded when a command needs it. Node 20
// takes a third of a millisecond to find, read and link one module, and `discover-all` has 400 with those of its libraries.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './ready.mjs';

rmSync(path.join(root, 'dist/bin'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { rollcall: 'src/cli/main.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Native code, and what is looked for and may be missing.
  external: ['better-sqlite3', 'pg-native', '@napi-rs/keyring-*'],
  banner: {
    js: "import { createRequire as createRequireOfPart } from 'node:module';\nconst require = createRequireOfPart(import.meta.url);",
  },
  // Without the sources themselves: where in them a line comes from is all that a stack trace needs.
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});

/** Which modules are in which file, for the test of what a command loads. */
const parts = Object.entries(metafile.outputs)
  .filter(([file]) => file.endsWith('.js'))
  .map(([file, { inputs }]) => [path.basename(file), Object.keys(inputs)]);
writeFileSync(path.join(root, 'dist/parts.json'), `${JSON.stringify(Object.fromEntries(parts), null, 1)}\n`);
