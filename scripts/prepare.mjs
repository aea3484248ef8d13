// @ts-check
// npm runs this after `npm install` and `npm ci` in a checkout, and, with npm 11 and earlier, for `npm install --global .`, which
// links the checkout: its program has to be there then.
import path from 'node:path';
import { mendLockFile } from './mend-lock.mjs';
import { ensureBuilt, ensureDriver, noteInstalled, root } from './ready.mjs';

mendLockFile(path.join(root, 'package-lock.json'));
if (process.env['npm_config_global'] === 'true') ensureBuilt();
else {
  ensureDriver();
  noteInstalled();
}
