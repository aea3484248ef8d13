// @ts-check
// Before `npm run jest`: installs, or compiles the SQLite driver, where node_modules was made from another lock or by another Node.
import { ensureInstalled } from './ready.mjs';

ensureInstalled();
