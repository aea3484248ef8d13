// @ts-check
// The browser that drives the web page in tests: Debian's.
//   node scripts/chromium.mjs --install    installs it, as in CI
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['chromium', 'fonts-dejavu-core'];

/** null where it is not there. `ROLLCALL_CHROMIUM_PATH` names another one. */
export function chromiumPath() {
  const { ROLLCALL_CHROMIUM_PATH: own = '' } = process.env;
  return (
    [own, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => file !== '' && existsSync(file)) ?? null
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== '--install') {
    process.stderr.write('usage: node scripts/chromium.mjs --install\n');
    process.exit(2);
  }
  if (chromiumPath() === null) {
    if (process.getuid?.() !== 0) throw new Error(`apt-get install ${PACKAGES.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
      const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2], env });
      if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
    }
  }
}
