import { accessSync, constants, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '../../types/errors.ts';
import { childEnvironment } from './child-environment.ts';
import { type Environment, variable } from './environment.ts';
import { findProgram } from './find-program.ts';
import { type ProgramOutcome, runProgram } from './run-program.ts';

const LIMITS = { timeoutMs: 30_000, killAfterMs: 2_000, maxBytes: 2 ** 20 };

export interface CommandSources {
  /** Of this process: what the program may get of it. */
  processEnv: Environment;
  /** With the variables of a file that was named; none of them reaches the program. */
  env: Environment;
  signal: AbortSignal;
  /** Variables that hold the secrets of providers. */
  secretVariables: readonly string[];
}

/**
 * Runs a program without a shell; the secret is the first line that it prints. It neither is looked up nor runs in the working
 * directory, and gets a small part of the environment. Throws AppError('configuration'), AppError('interrupted').
 */
export async function readSecretCommand(commandLine: string, sources: CommandSources): Promise<string> {
  const [program = '', ...args] = splitCommand(commandLine);
  const { failure, stdout } = await runQuietly(program, args, sources);
  if (failure !== null) {
    throw new AppError('configuration', `the command for a secret failed: ${program} (${failure})`, {
      hint: 'run it by hand; it has to print the secret on its first line and end with status 0',
    });
  }
  const [line = ''] = stdout.split('\n');
  if (line.trim() !== '') return line.trim();
  throw new AppError('configuration', `the command for a secret printed nothing: ${program}`, {
    hint: 'run it by hand; it has to print the secret on its first line',
  });
}

/**
 * What a vendor's own program prints, which may be a secret: run as {@link readSecretCommand} runs one. Throws
 * AppError('configuration'), in which nothing of that is, and AppError('interrupted').
 */
export async function readVendorProgram(
  program: string,
  args: readonly string[],
  sources: CommandSources,
): Promise<string> {
  const { failure, stdout } = await runQuietly(program, args, sources);
  if (failure === null) return stdout;
  const why = failure === 'ENOENT' ? 'there is no such program' : failure;
  throw new AppError('configuration', `${[program, ...args.slice(0, 2)].join(' ')} failed (${why})`, {
    hint: `run it by hand as the user that runs rollcall, with ${program} in PATH`,
  });
}

async function runQuietly(program: string, args: readonly string[], sources: CommandSources): Promise<ProgramOutcome> {
  const { processEnv, signal } = sources;
  const file = findProgram(program, variable(processEnv, 'PATH'));
  const outcome: ProgramOutcome =
    file === null
      ? { failure: 'ENOENT', stdout: '' }
      : await runProgram(file, args, { ...LIMITS, env: childEnvironment(sources), cwd: homeOf(processEnv), signal });
  if (signal.aborted) throw new AppError('interrupted', 'interrupted');
  return outcome;
}

/** The root, where there is no home or it cannot be entered: that is usual for users of services. */
function homeOf(env: Environment): string {
  const home = variable(env, 'HOME') ?? os.homedir();
  try {
    accessSync(home, constants.X_OK);
    if (path.isAbsolute(home) && statSync(home).isDirectory()) return home;
  } catch {
    // Not there, or not permitted.
  }
  return path.parse(process.execPath).root;
}

/** Words are separated by spaces; `'…'` and `"…"` hold spaces together. Nothing is expanded, and there are no escapes. */
export function splitCommand(commandLine: string): string[] {
  const words = commandLine.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => `${single}${double}`),
  );
}
