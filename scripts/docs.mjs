// @ts-check
// `npm run docs`: writes docs/commands.md from the command tree of the built program. With --check it only compares, and ends
// with status 1 when the file is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();

const { commandReference } = await import(pathToFileURL(path.join(root, 'dist/cli/reference.js')).href);
const file = path.join(root, 'docs/commands.md');
const wanted = await commandReference();

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
  process.stdout.write('docs/commands.md is written\n');
} else if (readFileSync(file, 'utf8') !== wanted) {
  process.stderr.write('docs/commands.md is stale: run `npm run docs`\n');
  process.exitCode = 1;
}
