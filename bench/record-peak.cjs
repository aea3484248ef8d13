// Required before a measured program: at its end it writes the most memory that it held at a time, in KiB.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const file = process.env['ROLLCALL_BENCH_PEAK'];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
