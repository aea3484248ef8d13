// @ts-check
// node bench/serve-sockets.mjs URL COUNT VERSION, forked: so many clients of a feed in one process. It says when all have joined, and
// of each update when the first and the last client had it, in milliseconds since 1970.
import { performance } from 'node:perf_hooks';
import WebSocket from 'ws';

const [url = '', countText = '', version = ''] = process.argv.slice(2);
const count = Number(countText);
let joined = 0;
let received = 0;
let firstAt = 0;
/** @type {string | null} */
let message = null;

for (let made = 0; made < count; made += 1) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.once('open', () => socket.send(JSON.stringify({ type: 'resume', version })));
  socket.on('message', (/** @type {Buffer} */ data) => receive(data));
  socket.on('close', () => process.send?.({ error: 'a socket was closed' }));
  socket.on('error', (error) => process.send?.({ error: error.message }));
  if (made % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 50));
}
process.on('disconnect', () => process.exit(0));

/** @param {Buffer} data */
function receive(data) {
  const type = /^\{"type":"(\w+)"/.exec(data.toString('latin1', 0, 40))?.[1];
  if (type === 'full_sync') process.send?.({ error: 'a client got the whole state' });
  if (type === 'heartbeat' && joined < count) {
    joined += 1;
    if (joined === count) process.send?.({ joined });
  }
  if (type !== 'incremental_update') return;
  received += 1;
  if (received === 1) {
    firstAt = performance.timeOrigin + performance.now();
    message = data.toString();
  }
  if (received < count) return;
  const lastAt = performance.timeOrigin + performance.now();
  process.send?.({ firstAt, lastAt, message });
  received = 0;
}
