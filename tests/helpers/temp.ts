import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';

/** A folder for this test file, removed after it. */
export function tempDir(): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), `rollcall-${process.env['JEST_WORKER_ID'] ?? '0'}-`));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
