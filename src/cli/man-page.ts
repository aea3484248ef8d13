import type { Command, Option } from 'commander';
import { environmentHelp, exitCodesHelp, outputHelp, privilegesHelp } from './help-pages.ts';
import { argumentUsage, describedProgram, fullName, optionText, sentence } from './reference.ts';
import { selectorsHelp } from './selectors-help.ts';
import { VERSION } from './version.ts';

/** man/rollcall.1: the same as docs/commands.md, in the language of man(7). */
export async function manPage(): Promise<string> {
  const { program, commands, textAfter } = await describedProgram();
  return [
    String.raw`.\" Made from the command tree by npm run docs.`,
    `.TH ROLLCALL 1 "" "rollcall ${VERSION}" "User Commands"`,
    // Lines end between words, and are not padded.
    '.nh',
    '.ad l',
    ...section('NAME', [String.raw`rollcall \- inventory and change history of Proxmox VE and vSphere guests`]),
    ...section('SYNOPSIS', ['.B rollcall', String.raw`\fIcommand\fR [\fIoptions\fR]`]),
    ...section('DESCRIPTION', text(program.description())),
    ...section(
      'COMMANDS',
      commands.flatMap((command) => commandLines(command, textAfter(command))),
    ),
    ...section('OPTIONS OF EVERY COMMAND', program.options.filter(({ hidden }) => !hidden).flatMap(optionLines)),
    ...section('SELECTORS', text(selectorsHelp())),
    ...section('OUTPUT', text(outputHelp())),
    ...section('PRIVILEGES', text(privilegesHelp())),
    ...section('ENVIRONMENT', text(environmentHelp())),
    ...section('EXIT STATUS', text(exitCodesHelp())),
    ...section('EXAMPLES', text(textAfter(program))),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines];
}

function commandLines(command: Command, help: string): string[] {
  const usage = command.registeredArguments.map((argument) => ` ${argumentUsage(argument)}`).join('');
  const more = command.commands.length > 0 ? ' <command>' : command.options.length > 0 ? ' [options]' : '';
  return [
    `.SS "rollcall ${quotable(`${fullName(command)}${usage}${more}`)}"`,
    ...text(sentence(command.description())),
    ...command.options.filter(({ hidden }) => !hidden).flatMap(optionLines),
    ...text(help),
  ];
}

function optionLines(option: Option): string[] {
  return ['.TP', String.raw`\fB${escaped(option.flags)}\fR`, escapedLine(optionText(option))];
}

/** Prose is filled to the width of the page; indented lines and those of examples stay as they are. */
function text(help: string): string[] {
  const blocks = help.trim().split(/\n{2,}/);
  return blocks.flatMap((block) => {
    const lines = block.split('\n');
    const isProse = lines.every((line) => !/^\s/.test(line));
    if (isProse) return ['.PP', ...lines.map(escapedLine)];
    return ['.PP', '.nf', ...lines.map(escapedLine), '.fi'];
  });
}

/** A line of text: a dot or an apostrophe at its start would make it a request. */
function escapedLine(line: string): string {
  return /^[.']/.test(line) ? String.raw`\&${escaped(line)}` : escaped(line);
}

/** Source: groff_char(7). */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': String.raw`\(rs`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
};

function escaped(line: string): string {
  return line.replace(/[\\\-'`^~]|[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return CHARACTERS[character] ?? String.raw`\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** Inside quotation marks of a request. */
function quotable(line: string): string {
  return escaped(line).replaceAll('"', String.raw`\(dq`);
}
