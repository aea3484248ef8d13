import { type Command, CommanderError } from 'commander';
import { AppError } from '../types/errors.ts';
import { CATALOGUE } from './catalogue.ts';
import type { CliContext } from './context.ts';
import { EXIT, statusOfError } from './exit-status.ts';
import { escapeLines } from './output/escape.ts';
import type { Io } from './output/io.ts';
import { createProgram } from './program.ts';

/** Runs one command line and gives its exit status. Never throws. */
export async function runCommandLine(typed: readonly string[], io: Io): Promise<number> {
  const args = await withRemovedTags(typed);
  let status: number;
  let context: CliContext | null = null;
  let command: Command | null = null;
  const telling = () => ({ isVerbose: args.includes('--verbose'), typed: typedCommand(command, args) });
  try {
    const program = await createProgram(io, args);
    ({ context, command } = program);
    await program.command.parseAsync(args, { from: 'user' });
    status = context?.status ?? EXIT.done;
  } catch (error) {
    status = await tell(error, io, telling());
  }
  try {
    await context?.app.close();
  } catch (error) {
    return tell(error, io, telling());
  }
  return status;
}

/** ` providers add` of a command line that names this command; empty when it names none. */
function typedCommand(program: Command | null, args: readonly string[]): string {
  const names = Object.values(CATALOGUE).flatMap((entries) => entries.map(({ name }) => name));
  const at = args.findIndex((word) => names.includes(word));
  const name = args[at];
  if (name === undefined) return '';
  const children = program?.commands.find((one) => one.name() === name)?.commands ?? [];
  const child = args.slice(at + 1).find((word) => children.some((one) => one.name() === word));
  return child === undefined ? ` ${name}` : ` ${name} ${child}`;
}

/** Prints the error and its hint, and returns the exit status. */
async function tell(
  error: unknown,
  io: Io,
  { isVerbose, typed }: { isVerbose: boolean; typed: string },
): Promise<number> {
  if (error instanceof CommanderError) return tellUsage(error, io, typed);
  if (error instanceof AppError && !(io.signal.aborted && error.code !== 'interrupted')) {
    io.stderr(escapeLines([...labelled('error', error.messageLines), ...labelled('hint', error.hintLines)]));
    if (isVerbose) io.stderr(escapeLines(await stackOf(error)));
    return statusOfError(error.code);
  }
  if (io.signal.aborted) {
    io.stderr(escapeLines(['error: interrupted', 'hint: nothing of an unfinished run is stored; start it again']));
    return EXIT.interrupted;
  }
  const { bugText } = await import('./bug-text.ts');
  io.stderr(bugText(error));
  return EXIT.failed;
}

function labelled(label: string, [first, ...rest]: readonly string[]): string[] {
  return first === undefined ? [] : [`${label}: ${first}`, ...rest];
}

async function stackOf({ stack, message }: Error): Promise<string[]> {
  const { stackLines } = await import('./source-stack.ts');
  return stackLines(stack ?? message);
}

/** commander's message has its suggestion in a second line, in parentheses. */
function tellUsage(error: CommanderError, io: Io, typed: string): number {
  if (error.exitCode === 0) return EXIT.done;
  // Help that was shown for want of a command.
  if (error.code === 'commander.help') return EXIT.usage;
  const [message = '', suggestion] = error.message.split('\n');
  const near = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion ?? '')?.[1];
  const hint = near === undefined ? `see \`rollcall${typed} --help\`` : `did you mean ${near}?`;
  io.stderr(escapeLines([message, `hint: ${hint}`]));
  return EXIT.usage;
}

/** Loaded where there may be some. */
async function withRemovedTags(args: readonly string[]): Promise<readonly string[]> {
  return args.includes('tag') ? (await import('./tag-words.ts')).withRemovedTags(args) : args;
}
