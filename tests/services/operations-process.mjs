// @ts-check
// Started by operations-kill.test.ts: a worker whose operations take a moment, and tell a server of everything that they do.
import { setTimeout as sleep } from 'node:timers/promises';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

/** @param {string} file */
const built = async (file) => import(new URL(`../../dist/${file}`, import.meta.url).href);
const { isDeadHolder, ownHolder } = await built('app/holder.js');
const { openDatabase } = await built('repositories/db/database.js');
const { OperationClaims } = await built('repositories/operations/operation-claims.js');
const { OperationWorker } = await built('services/operations/worker.js');

const [url = '', server = ''] = process.argv.slice(2);
const connection = await openDatabase(url);
let claims = 0;

/**
 * Comes back once the server has noted it.
 * @param {string} what
 * @param {import('../../src/types/operation.ts').Operation} operation
 */
async function tell(what, { id, providerId }) {
  const note = new URLSearchParams({ what, id, provider: providerId ?? '', pid: String(process.pid) });
  await fetch(`${server}/?${note.toString()}`, { method: 'POST' });
}

const worker = new OperationWorker({
  claims: new OperationClaims(connection),
  /**
   * @param {import('../../src/types/operation.ts').Operation} operation
   * @param {import('../../src/services/operations/operation-job.ts').PerformIo} io
   */
  perform: async (operation, { signal, progress }) => {
    await tell('begin', operation);
    try {
      for (let done = 0; done < 10; done += 1) {
        progress({ step: 'working', done, total: 10 });
        await sleep(Math.random() * 40, undefined, { signal });
        await tell('step', operation);
      }
      return { result: { existingHosts: ['a'], by: process.pid }, error: null };
    } finally {
      await tell('end', operation);
    }
  },
  newHolder: () => `${ownHolder()}.${++claims}`,
  isDead: isDeadHolder,
  accepts: () => true,
  clock: () => new Date(),
  random: Math.random,
  say: () => undefined,
  parallel: 3,
});
const never = new AbortController().signal;
await worker.run({ stop: stop.signal, abort: never });
await connection.close();
