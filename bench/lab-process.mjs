// @ts-check
// A lab in a process of its own: told its options as JSON, it sends its address, and its requests when they are asked for.
const [options = '{}'] = process.argv.slice(2);
const { startLab } = await import(new URL('../dist/lab/lab.js', import.meta.url).href);
const lab = await startLab(JSON.parse(options));
process.on('message', (/** @type {string} */ message) => {
  if (message !== 'requests') return;
  process.send?.(lab.requests.map((/** @type {{ path: string }} */ request) => request.path));
  lab.clearRequests();
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: lab.url, caPem: lab.caPem, token: lab.token, env: lab.env() });
