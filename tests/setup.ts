import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import fc from 'fast-check';

/**
 * Properties are tried with the same values each time, so that a run tells of the change it tests. ROLLCALL_PROPERTY_SEED
 * gives others, ROLLCALL_PROPERTY_RUNS more of them.
 */
fc.configureGlobal({
  seed: Number(process.env['ROLLCALL_PROPERTY_SEED'] ?? 1),
  ...(process.env['ROLLCALL_PROPERTY_RUNS'] && { numRuns: Number(process.env['ROLLCALL_PROPERTY_RUNS']) }),
});

// Keys, secrets and allowed commands of the tests never lie in the configuration of the user that runs them.
const configuration = mkdtempSync(path.join(os.tmpdir(), 'rollcall-config-'));
process.env['XDG_CONFIG_HOME'] = configuration;
afterAll(() => rmSync(configuration, { recursive: true, force: true }));
