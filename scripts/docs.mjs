// @ts-check
// `npm run docs`: writes docs/commands.md and man/rollcall.1 from the command tree of the built program. With --check it only compares,
// and ends with status 1 when a file is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, root } from './ready.mjs';

ensureBuilt();

const { commandReference } = await import(pathToFileURL(path.join(root, 'dist/cli/reference.js')).href);
const { manPage } = await import(pathToFileURL(path.join(root, 'dist/cli/man-page.js')).href);

for (const [name, wanted] of [
  ['docs/commands.md', await commandReference()],
  ['man/rollcall.1', await manPage()],
]) {
  const file = path.join(root, name);
  if (!process.argv.includes('--check')) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, wanted);
    process.stdout.write(`${name} is written\n`);
  } else if (readFileSync(file, 'utf8') !== wanted) {
    process.stderr.write(`${name} is stale: run \`npm run docs\`\n`);
    process.exitCode = 1;
  }
}
