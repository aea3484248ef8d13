// @ts-check
// xmllint, which compares XML with the schema of a vendor, for tests.
//   node scripts/xmllint.mjs --install    installs it, as in CI
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'libxml2-utils';

/** @returns {string | null} why it cannot be used; null when it can. */
export function xmllintObstacle() {
  const { status } = spawnSync('xmllint', ['--version'], { stdio: 'ignore' });
  return status === 0 ? null : 'xmllint is not installed';
}

/**
 * What is wrong with a document by a schema.
 * @param {string} document
 * @param {string} schema its path
 * @returns {string | null} null: it is valid
 */
export function schemaProblem(document, schema) {
  const { status, stderr } = spawnSync('xmllint', ['--nonet', '--noout', '--schema', schema, '-'], {
    input: document,
    encoding: 'utf8',
  });
  return status === 0 ? null : stderr;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/xmllint.mjs --install\n');
    process.exit(2);
  }
  if (xmllintObstacle() !== null) {
    if (process.getuid?.() !== 0) throw new Error(`apt-get install ${PACKAGE}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', PACKAGE]]) {
      const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
      if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
    }
  }
}
