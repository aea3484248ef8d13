// @ts-check
// `node --import …/record-modules.mjs program`: writes the path of every module of files that was loaded to the file that
// RECORD_MODULES names, one a line.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import process from 'node:process';

const HOOKS = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    if (url.startsWith('file:')) appendFileSync(process.env.RECORD_MODULES, new URL(url).pathname + '\\n');
    return next(url, context);
  }`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

// What is loaded by require() does not all pass through the hooks.
const { cache } = createRequire(import.meta.url);
process.on('exit', () => {
  appendFileSync(
    process.env['RECORD_MODULES'] ?? '',
    Object.keys(cache)
      .map((file) => `${file}\n`)
      .join(''),
  );
});
