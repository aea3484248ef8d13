import { describe } from '@jest/globals';
import { readersObstacle } from '../../scripts/export-readers.mjs';

const OBSTACLE = readersObstacle();
if (OBSTACLE !== null && process.env['ROLLCALL_READERS'] === 'required') {
  throw new Error(
    `programs that read exports are required, but ${OBSTACLE}: node scripts/export-readers.mjs --install`,
  );
}

/** Tests that read an export with the program that it is made for; where that is not there they are skipped, and say why. */
export function describeReaders(name: string, tests: () => void): void {
  if (OBSTACLE === null) describe(name, tests);
  else describe.skip(`${name} (${OBSTACLE})`, tests);
}
