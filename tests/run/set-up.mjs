// @ts-check
// Before all test files: a folder for what they share, such as the installed archive.
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export default function setUp() {
  process.env['ROLLCALL_TEST_RUN'] = mkdtempSync(path.join(os.tmpdir(), 'rollcall-run-'));
}
