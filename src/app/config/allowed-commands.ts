import { existsSync } from 'node:fs';
import path from 'node:path';
import { readPrivateFile, writePrivateFile } from '../../files/private-file.ts';
import { configFolder } from './config-folder.ts';
import type { Environment } from './environment.ts';

const WHAT = 'list of commands';

const HEADER =
  '# Programs that rollcall may run for a secret, one command line each, as after `command:` in a reference.';

/**
 * The command lines that this user lets Rollcall run: whoever can write to the database can put any into a provider's row.
 * They lie in a file of the user with mode 600.
 */
export class AllowedCommands {
  readonly file: string;
  readonly #added = new Set<string>();

  constructor(env: Environment) {
    this.file = path.join(configFolder(env), 'allowed-commands');
  }

  /** Throws AppError('configuration') for a file that others can read or write. */
  has(commandLine: string): boolean {
    return this.#added.has(commandLine) || this.#stored().includes(commandLine);
  }

  /** For this run: the user has typed it, or has confirmed it. */
  add(commandLine: string): void {
    this.#added.add(commandLine);
  }

  /** For good: what was added in this run. Gives the lines that are new in the file. */
  keep(): string[] {
    const stored = this.#stored();
    const lines = [...this.#added].filter((line) => !stored.includes(line) && !line.includes('\n'));
    if (lines.length > 0) writePrivateFile(this.file, `${[HEADER, ...stored, ...lines].join('\n')}\n`, { what: WHAT });
    return lines;
  }

  #stored(): string[] {
    if (!existsSync(this.file)) return [];
    const lines = readPrivateFile(this.file, { what: WHAT }).split('\n');
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  }
}

/** The command lines among references to secrets. */
export function commandsIn(references: readonly string[]): string[] {
  return references.filter((one) => one.startsWith('command:')).map((one) => one.slice('command:'.length).trim());
}
