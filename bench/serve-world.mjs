// @ts-check
// What the benches of `rollcall serve` share: a database of 10,000 hosts, the server over it, and revisions in it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { main, root } from './measure.mjs';

/** @typedef {{ status: number, headers: http.IncomingHttpHeaders, body: Buffer, ms: number }} Answer */
/** @typedef {{ url: string, pid: number, stop: () => Promise<void> }} Running */

/**
 * A program that says `serving URL` once it answers.
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<Running>}
 */
export async function startServer(args, env = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const hear = (/** @type {Buffer} */ chunk) => {
      said += chunk.toString();
      const found = /serving (\S+?)\/?\s/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, pid: child.pid ?? 0, stop };
}

/** @param {string} file */
export function startRollcall(file) {
  const args = [main, 'serve', '--listen', '127.0.0.1:0', '--rate', '1000000', '--max-sockets', '2000'];
  return startServer(args, { DATABASE_URL: `file:${file}` });
}

const agent = new http.Agent({ keepAlive: true });

/**
 * The body as it comes over the wire.
 * @param {string} url
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Answer>}
 */
export function get(url, headers = {}) {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent, headers }, (answer) => {
        /** @type {Buffer[]} */
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const ms = performance.now() - startedAt;
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks), ms });
        });
      })
      .once('error', reject);
  });
}

/** @param {string} url @returns {Promise<string>} */
export async function versionAt(url) {
  return JSON.parse((await get(`${url}/api/v1/version`)).body.toString()).version;
}

/**
 * A revision as a run leaves it behind, with so many guests that differ. Gives the milliseconds since 1970 at its commit.
 * @param {string} file
 * @param {number} changes
 */
export function commitRevision(file, changes) {
  const db = new Database(file);
  const at = new Date().toISOString().replace('Z', '+00:00');
  try {
    db.transaction(() => {
      const provider = /** @type {{ id: string, seq: number }} */ (
        db.prepare('UPDATE "providers" SET "seq" = "seq" + 1 RETURNING "id", "seq"').get()
      );
      db.prepare(
        `UPDATE "guests" SET "memoryBytes" = "memoryBytes" + 1048576, "seq" = ?
         WHERE "id" IN (SELECT "id" FROM "guests" ORDER BY "id" LIMIT ?)`,
      ).run(provider.seq, changes);
      const step = `INSERT INTO "feed_versions" ("version", "providerId", "seq", "at")
        SELECT COALESCE(MAX("version"), 0) + 1, ?, ?, ? FROM "feed_versions"`;
      db.prepare(step).run(provider.id, provider.seq, at);
      db.prepare('UPDATE "meta" SET "rev" = "rev" + 1').run();
    }).immediate();
  } finally {
    db.close();
  }
  return performance.timeOrigin + performance.now();
}

/** Waits until the server has the newest version. @param {string} url @param {string} before */
export async function untilNewer(url, before) {
  while ((await versionAt(url)) === before) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Memory of a process that is resident. @param {number} pid */
export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** User and system time of a process. @param {number} pid */
export function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
