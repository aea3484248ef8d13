// @ts-check
// Puts together what other programs import: dist/client/client.js for browsers and Node, node.js, react.js, and their types, which
// need neither zod nor anything else of Rollcall. Run by `npm run build` after tsc, whose dist/protocol it reads.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { compile } from 'json-schema-to-typescript';
import { root } from './ready.mjs';

const out = path.join(root, 'dist/client');
const types = path.join(out, 'types');
rmSync(out, { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const settings = {
  absWorkingDir: root,
  outdir: 'dist/client',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  jsx: 'automatic',
  external: ['node:*', 'react', 'react/jsx-runtime', '@tanstack/react-query'],
  logLevel: 'warning',
};
await build({ ...settings, entryPoints: { client: 'src/client/public.ts', node: 'src/client/file-cache.ts' } });
await build({
  ...settings,
  entryPoints: { react: 'src/client/react/public.ts' },
  plugins: [
    {
      name: 'one-client',
      // The client that a page makes and the one that its hooks know are the same module.
      setup: (bundle) => {
        bundle.onResolve({ filter: /^\.\.\/public\.ts$/ }, () => ({ path: './client.js', external: true }));
      },
    },
  ],
});

await build({
  ...settings,
  entryPoints: { components: 'web/src/embed/public.ts' },
  plugins: [
    {
      name: 'one-react',
      // They stand below the provider of rollcall/react.
      setup: (build) => {
        build.onResolve({ filter: /\/client\/react\/[\w-]+\.ts$/ }, () => ({ path: './react.js', external: true }));
      },
    },
  ],
});

const { status } = spawnSync(
  process.execPath,
  [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.client.json'],
  { cwd: root, stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);
const embedded = spawnSync(
  process.execPath,
  [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'web/tsconfig.embed.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (embedded.status !== 0) process.exit(embedded.status ?? 1);
for (const name of readdirSync(path.join(out, 'all/web/src/embed')))
  cpSync(path.join(out, 'all/web/src/embed', name), path.join(types, 'components', name));
rmSync(path.join(out, 'all'), { recursive: true });

await writeProtocol();
for (const file of readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'))) {
  const place = path.join(types, file);
  writeFileSync(place, declarationText(readFileSync(place, 'utf8')));
}

/**
 * As other programs read them: with the names of the built modules, and without styles, which they import by themselves.
 * @param {string} text
 */
function declarationText(text) {
  return text.replaceAll(/(from '\.[^']+)\.tsx?'/g, "$1.js'").replaceAll(/^import '\.[^']+\.css';\n/gm, '');
}

/** The types of the wire as plain TypeScript, from the JSON Schema of the zod schemas. */
async function writeProtocol() {
  const folder = path.join(root, 'dist/protocol');
  const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
  for (const name of modules) await import(pathToFileURL(path.join(folder, name)).href);
  const z = await import('zod');
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    target: 'draft-7',
    uri: (id) => `#/definitions/${id}`,
    unrepresentable: 'any',
  });
  for (const schema of Object.values(schemas)) closeTuples(schema);
  const text = await compile(
    /** @type {import('json-schema-to-typescript').JSONSchema} */ ({ definitions: schemas }),
    'Protocol',
    {
      bannerComment: '',
      unknownAny: true,
      unreachableDefinitions: true,
      additionalProperties: false,
      style: { singleQuote: true, printWidth: 120 },
    },
  );
  rmSync(path.join(types, 'protocol'), { recursive: true, force: true });
  mkdirSync(path.join(types, 'protocol'), { recursive: true });
  // What the compiler says of itself, and of the schema that only holds the others.
  const plain = text
    .replaceAll(/\n? *\/\*\*\n \* This interface was referenced by[\s\S]*?\*\//g, '')
    .replaceAll(/ *\/\*\*\s+\* @minItems[\s\S]*?\*\/\n/g, '')
    .replace(/export interface Protocol \{[\s\S]*?\n\}\n/, '');
  writeFileSync(path.join(types, 'protocol/types.d.ts'), plain);
  for (const name of modules) {
    writeFileSync(path.join(types, 'protocol', name.replace('.js', '.d.ts')), "export * from './types.js';\n");
  }
}

/**
 * zod says how many items a tuple has only in later drafts.
 * @param {unknown} schema
 */
function closeTuples(schema) {
  if (typeof schema !== 'object' || schema === null) return;
  if ('items' in schema && Array.isArray(schema.items)) {
    const { length } = schema.items;
    Object.assign(schema, { minItems: length, maxItems: length, additionalItems: false });
  }
  if ('$id' in schema) delete schema.$id;
  for (const value of Object.values(schema)) closeTuples(value);
}
