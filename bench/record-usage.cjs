// Required before a measured program: at its end it writes the most memory that it held at a time, in KiB, and the time that the
// processors worked for it, in milliseconds.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const file = process.env['ROLLCALL_BENCH_USAGE'];
  if (file === undefined) return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ peakKib: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
});
