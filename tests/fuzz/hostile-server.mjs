// @ts-check
// Started by hostile-process.ts: answers with one of the hostile answers, over HTTPS and in a process of its own, so that making them costs the client nothing.
import { createServer } from 'node:https';
import { CASES } from './hostile-answers.mjs';

const [key = '', cert = ''] = process.argv.slice(2);
let current = '';
/** @type {Map<string, Buffer>} */
const made = new Map();

const server = createServer({ key, cert }, (request, response) => {
  const path = (request.url ?? '').replace('/api2/json', '');
  const answer = CASES[current]?.(path) ?? { status: 501, body: '' };
  const body = made.get(path) ?? Buffer.from(answer.body);
  made.set(path, body);
  const { status = 200, reason = 'OK' } = answer;
  response.writeHead(status, reason.replace(/[^ -~]/g, '?'), { 'Content-Length': body.length }).end(body);
});
process.on('message', (name) => {
  current = String(name);
  made.clear();
  process.send?.({ ready: current });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
