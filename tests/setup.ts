import fc from 'fast-check';

/**
 * Properties are tried with the same values each time, so that a run tells of the change it tests. ROLLCALL_PROPERTY_SEED
 * gives others, ROLLCALL_PROPERTY_RUNS more of them.
 */
fc.configureGlobal({
  seed: Number(process.env['ROLLCALL_PROPERTY_SEED'] ?? 1),
  ...(process.env['ROLLCALL_PROPERTY_RUNS'] && { numRuns: Number(process.env['ROLLCALL_PROPERTY_RUNS']) }),
});
