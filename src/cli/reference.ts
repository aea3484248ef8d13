import type { Argument, Command, Option } from 'commander';
import { describingIo } from './describing-io.ts';
import { wholeProgram } from './program.ts';
import { selectorsHelp } from './selectors-help.ts';

/** The whole program, its commands one after the other, and what the help of each says after its options. */
export async function describedProgram(): Promise<{
  program: Command;
  commands: readonly Command[];
  textAfter: (command: Command) => string;
}> {
  const printed: string[] = [];
  const program = await wholeProgram(describingIo((text) => printed.push(text)));
  const textAfter = (command: Command) => {
    printed.length = 0;
    command.outputHelp();
    return printed.join('').replace(command.helpInformation(), '').trim();
  };
  return { program, commands: program.commands.flatMap((command) => [command, ...command.commands]), textAfter };
}

/** docs/commands.md: every command and option, from the command tree. */
export async function commandReference(): Promise<string> {
  const { program, commands, textAfter } = await describedProgram();
  return [
    '# Commands',
    'Made from the command tree by `npm run docs`. `rollcall COMMAND --help` says the same.',
    ...commands.map((command) => section(command, textAfter(command))),
    '## Selectors',
    codeBlock(selectorsHelp().trim()),
    '## Options of every command',
    optionTable(program.options),
    codeBlock(textAfter(program)),
    '',
  ].join('\n\n');
}

function section(command: Command, help: string): string {
  const name = fullName(command);
  const usage = [`rollcall ${name}`, ...command.registeredArguments.map(argumentUsage)];
  if (command.commands.length > 0) usage.push('<command>');
  if (command.options.length > 0) usage.push('[options]');
  const parts = [
    `${name.includes(' ') ? '###' : '##'} ${name}`,
    sentence(command.description()),
    `\`${usage.join(' ')}\``,
  ];
  if (command.options.length > 0) parts.push(optionTable(command.options));
  if (help !== '') parts.push(codeBlock(help));
  return parts.join('\n\n');
}

export function fullName(command: Command): string {
  const parent = command.parent?.name();
  return parent === undefined || parent === 'rollcall' ? command.name() : `${parent} ${command.name()}`;
}

export function argumentUsage(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => `| \`${option.flags}\` | ${cell(option)} |`);
  return ['| option | |', '|---|---|', ...rows].join('\n');
}

function cell(option: Option): string {
  return optionText(option).replaceAll('|', '\\|');
}

/** What an option is, takes and defaults to. */
export function optionText(option: Option): string {
  const facts = [option.description];
  if (option.argChoices) facts.push(`one of ${option.argChoices.join(', ')}`);
  const value: unknown = option.defaultValue;
  if (option.defaultValueDescription !== undefined) facts.push(`default ${option.defaultValueDescription}`);
  else if (typeof value === 'string' || typeof value === 'number') facts.push(`default ${value}`);
  return facts.filter((fact) => fact !== '').join('; ');
}

function codeBlock(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}
