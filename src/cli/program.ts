import { Command, Option } from 'commander';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';
import type { CliContext } from './context.ts';
import { type GlobalOptions, globalOptions } from './options.ts';
import { escapeLines } from './output/escape.ts';
import type { Io } from './output/io.ts';
import { refuseProviderOption } from './providers/refuse-provider.ts';
import { VERSION } from './version.ts';

const HELP = `
Exit status: 0 done, 1 failed, 2 usage or configuration, 3 not authenticated or not permitted, 4 unreachable,
5 partial, 6 removals held back by the guard, 7 changes found (show-changes --exit-code), 8 deviations found (check),
9 a plan that does not fit any more, 130 interrupted.

Configuration, in order of precedence: flags, the environment (rollcall help environment), the file of --environment-file, stored
providers, defaults.

Examples:
  $ rollcall discover-all
  $ rollcall list-vms --status running --tag prod
  $ rollcall show-changes --since 24h
  $ rollcall lab --print-env`;

/** Pages of the help that are about no command. */
const TOPICS: Readonly<Record<string, () => Promise<string>>> = {
  selectors: async () => (await import('./selectors-help.ts')).selectorsHelp(),
  'exit-codes': async () => (await import('./help-pages.ts')).exitCodesHelp(),
  environment: async () => (await import('./help-pages.ts')).environmentHelp(),
  output: async () => (await import('./help-pages.ts')).outputHelp(),
  privileges: async () => (await import('./help-pages.ts')).privilegesHelp(),
};

export const TOPIC_NAMES: readonly string[] = Object.keys(TOPICS);

export interface Program {
  command: Command;
  /** What the loaded commands reach the rest through; null when none was loaded. */
  context: CliContext | null;
}

/**
 * The program for one command line: the command that it names is loaded, and the others are outlined as the help needs them.
 * Built anew for every run: a commander Command keeps the options of its last parse.
 */
export async function createProgram(io: Io, args: readonly string[]): Promise<Program> {
  const [first, second] = rootCommand(io).parseOptions([...args]).operands;
  const wanted = first === 'help' ? second : first;
  const program = await assemble(io, ({ name }) => name === wanted, args);
  if (first === 'help' && second !== undefined) await addTopic(program.command, second);
  return program;
}

/** Adds a page of the help that is about no command, if there is one of that name. */
async function addTopic(program: Command, name: string): Promise<void> {
  const read = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  if (read === undefined) return;
  const text = await read();
  const topic = new Command(name).copyInheritedSettings(program).configureHelp({ formatHelp: () => text });
  program.addCommand(topic, { hidden: true });
}

/** With every command, whole. */
export async function wholeProgram(io: Io): Promise<Command> {
  return (await assemble(io, () => true)).command;
}

async function assemble(
  io: Io,
  isWanted: (entry: CatalogueEntry) => boolean,
  args: readonly string[] = [],
): Promise<Program> {
  const context = Object.values(CATALOGUE).flat().some(isWanted) ? await openContext(io, args) : null;
  const program = rootCommand(io);
  if (context !== null) {
    program.hook('preAction', async (_program, command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      refuseProviderOption(command, options);
      await context.configure(options, { isMaker: isMaker(command) });
    });
  }
  for (const [group, entries] of Object.entries(CATALOGUE)) {
    for (const entry of entries) {
      // One module after the other: each brings much with it that the others bring too.
      const command = context !== null && isWanted(entry) ? (await entry.load())(context) : outline(entry);
      if (command.description() === '') command.description(entry.summary);
      program.addCommand(inherit(command.summary(entry.summary).helpGroup(group), program));
    }
  }
  return { command: program, context };
}

/** Whether a command records something where there was nothing: the others refuse a folder that does not exist. */
function isMaker(command: Command): boolean {
  const name = command.name();
  if (name === 'add') return ['panel', 'providers', 'users'].includes(command.parent?.name() ?? '');
  return name.startsWith('discover-') || name === 'watch';
}

async function openContext(io: Io, args: readonly string[]): Promise<CliContext> {
  const { CliContext: Context } = await import('./context.ts');
  return new Context(io, args);
}

function rootCommand(io: Io): Command {
  const program = new Command('rollcall')
    .description(
      'Inventory and change history of every Proxmox VE and vSphere guest: what is there, what changed, when, and who did it.',
    )
    .usage('<command> [options]')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', `explain a command, or: ${TOPIC_NAMES.join(', ')}`)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, helpWidth: io.isTTY ? Math.min(io.columns || 100, 120) : 100 })
    .configureOutput({
      writeOut: (text) => io.stdout(escapeLines(linesOf(text))),
      writeErr: (text) => io.stderr(escapeLines(linesOf(text))),
      // run() words errors, with a hint.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', HELP);
  for (const option of globalOptions()) program.addOption(option);
  return program;
}

/** commander composes the lines of a help itself, of nothing but the program's own words. */
function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** A command that is only told of: commander's help looks whether there are options, and at the arguments. */
function outline({ name, usage }: CatalogueEntry): Command {
  const command = new Command(name);
  for (const part of usage.split(' ').filter((word) => word !== '')) {
    if (part === '[options]') command.addOption(new Option('--options').hideHelp());
    else command.argument(part);
  }
  return command;
}

/** commander copies its settings only to subcommands that it makes itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
