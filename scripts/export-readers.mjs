// @ts-check
// The programs that read what `rollcall export` writes, for tests.
//   node scripts/export-readers.mjs --install    installs them, as in CI
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['ansible-core', 'openssh-client', 'graphviz'];
const PROGRAMS = [
  ['ansible-inventory', '--version'],
  ['ssh', '-V'],
  ['dot', '-V'],
];

/**
 * Which of them is not there; null when all are.
 * @returns {string | null}
 */
export function readersObstacle() {
  const missing = PROGRAMS.find(
    ([program = '', option = '']) => spawnSync(program, [option], { stdio: 'ignore' }).status !== 0,
  );
  return missing === undefined ? null : `${missing[0]} is not installed`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/export-readers.mjs --install\n');
    process.exit(2);
  }
  if (readersObstacle() !== null) {
    if (process.getuid?.() !== 0) throw new Error(`apt-get install ${PACKAGES.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
      const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
      if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
    }
  }
}
