import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Debian's, for which python3-pyvmomi is installed; the first on the PATH may be another. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('./pyvmomi.py', import.meta.url));

export type Operation =
  | 'power-on'
  | 'power-off'
  | 'suspend'
  | 'reconfigure'
  | 'rename'
  | 'create'
  | 'clone'
  | 'destroy'
  | 'migrate'
  | 'snapshot-create'
  | 'snapshot-remove'
  | 'snapshot-revert'
  | 'set-attribute'
  | 'mark-template'
  | 'list'
  | 'end-sessions'
  | 'logout';

/** Why it cannot be used here; null when it can. */
export function pyvmomiObstacle(): string | null {
  const { status } = spawnSync(PYTHON, ['-c', 'import pyVmomi'], { stdio: 'ignore' });
  return status === 0 ? null : 'python3-pyvmomi is not installed';
}

/** Changes a vSphere with VMware's own Python library: nothing of ours is between it and the server. */
export class Pyvmomi {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];
  #log = '';

  /** `url` as `https://127.0.0.1:PORT/sdk`. */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#child = spawn(PYTHON, [SCRIPT, hostname, port], { stdio: 'pipe' });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.once('exit', () => {
      for (const settle of this.#waiting.splice(0)) settle(JSON.stringify({ error: `pyvmomi ended: ${this.#log}` }));
    });
  }

  /**
   * Does one thing as a user, with a login of their own, and waits until it is done. `vm` is a name or a moref. Gives the moref of
   * what was made, if anything; of a list all VMs as JSON.
   */
  async as(user: string, operation: Operation, vm: string | null, args: object = {}): Promise<string | null> {
    const answered = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#child.stdin.write(`${JSON.stringify({ user, operation, vm, args })}\n`);
    const { result, error } = JSON.parse(await answered) as { result?: string | null; error?: string };
    if (error !== undefined) throw new Error(`${operation} as ${user}: ${error}`);
    return result ?? null;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exited;
  }
}
