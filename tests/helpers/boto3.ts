import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import * as z from 'zod';
import { BOTO3, motoObstacle } from '../../scripts/moto-server.mjs';

const SCRIPT = fileURLToPath(new URL('./boto3-calls.py', import.meta.url));

const OBSTACLE = motoObstacle();
if (OBSTACLE !== null && process.env['ROLLCALL_MOTO'] === 'required') {
  throw new Error(`moto is required, but ${OBSTACLE}: node scripts/moto-server.mjs --install`);
}

/** Tests that need moto or boto3; where they are not there they are skipped, and say why. */
export function describeMoto(name: string, tests: () => void): void {
  if (OBSTACLE === null) describe(name, tests);
  else describe.skip(`${name} (needs moto, but ${OBSTACLE})`, tests);
}

export interface BotoKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface Call {
  service: string;
  region: string;
  method: string;
  parameters?: object;
  keys: BotoKeys;
  /** Whether the library follows the pages. */
  pages?: boolean;
}

const reply = z.object({ result: z.unknown().optional(), error: z.string().optional() });

/** The vendor's own library for Python: nothing of ours is between it and the server. */
export class Boto3 {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #waiting: ((line: string) => void)[] = [];
  #log = '';

  constructor({ url, certificate }: { url: string; certificate: string }) {
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'rollcall-boto3-'));
    const caFile = path.join(this.#folder, 'ca.pem');
    writeFileSync(caFile, certificate);
    const env = { ...process.env, ...BOTO3.env, HOME: this.#folder, AWS_EC2_METADATA_DISABLED: 'true' };
    this.#child = spawn(BOTO3.python, [SCRIPT, url, caFile], { stdio: 'pipe', env });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.once('exit', () => {
      for (const settle of this.#waiting.splice(0)) settle(JSON.stringify({ error: `boto3 ended: ${this.#log}` }));
    });
  }

  /** Throws an Error with what the server refused it for. */
  async call<T>(schema: z.ZodType<T>, { parameters = {}, ...call }: Call): Promise<T> {
    const answered = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#child.stdin.write(`${JSON.stringify({ ...call, parameters })}\n`);
    const { result, error } = reply.parse(JSON.parse(await answered));
    if (error !== undefined) throw new Error(`${call.method}: ${error}`);
    return schema.parse(result);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.stdin.end();
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
