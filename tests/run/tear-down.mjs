// @ts-check
import { rmSync } from 'node:fs';

export default function tearDown() {
  const folder = process.env['ROLLCALL_TEST_RUN'];
  if (folder) rmSync(folder, { recursive: true, force: true });
}
