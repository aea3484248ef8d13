import type { Argument, Command, Option } from 'commander';
import { SELECTOR_FIELDS } from '../services/selectors/selector-fields.ts';
import type { LiveKind } from '../types/live-names.ts';
import { FIELD_WORDS, operatorOf } from './completion/selector-term.ts';
import type { CommandNode, CompletionTree, FieldNode, Offer, OptionNode } from './completion/tree.ts';
import { describingIo } from './describing-io.ts';
import { offeredBy } from './options.ts';
import { TOPIC_NAMES, wholeProgram } from './program.ts';

/** Of the whole program; made when it is built. */
export async function wholeTree(): Promise<CompletionTree> {
  const program = await wholeProgram(describingIo(() => undefined));
  return { root: commandNode(program, program), fields: SELECTOR_FIELDS.map(fieldNode) };
}

function commandNode(command: Command, program: Command): CommandNode {
  const commands = command.commands.filter((one) => !isHidden(one)).map((one) => commandNode(one, program));
  return {
    name: command.name(),
    about: command.summary() || command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionNode), HELP_OPTION],
    arguments: command.registeredArguments.map((argument) => argumentOffer(argument, command)),
    isVariadic: command.registeredArguments.at(-1)?.variadic ?? false,
    columns: offeredBy(command),
    commands: command === program ? [...commands, helpNode(commands)] : commands,
  };
}

const HELP_OPTION: OptionNode = {
  flags: ['-h', '--help'],
  about: 'explain the command',
  value: 'none',
  offer: null,
  isList: false,
};

function helpNode(commands: readonly CommandNode[]): CommandNode {
  const words = [...commands.map(({ name }) => name), ...TOPIC_NAMES];
  const offer: Offer = { of: 'words', words };
  return {
    name: 'help',
    about: 'explain a command',
    options: [],
    arguments: [offer],
    isVariadic: false,
    columns: [],
    commands: [],
  };
}

/** commander has no public name for it. */
function isHidden(command: Command): boolean {
  return '_hidden' in command && command._hidden === true;
}

/** What options offer by their names, wherever they are; filters alone by a name that others give to something new. */
const BY_OPTION: Readonly<Record<string, Offer>> = {
  '--node': { of: 'live', kind: 'node' },
  '--tag': { of: 'live', kind: 'tag' },
  '--pool': { of: 'live', kind: 'pool' },
  '--name <patterns>': { of: 'live', kind: 'name' },
  '--provider': { of: 'live', kind: 'provider' },
  '--guest': { of: 'live', kind: 'guest' },
  '--columns': { of: 'columns' },
  '--sort': { of: 'columns' },
};
/** What an option calls its value says what that is. */
const BY_VALUE: Readonly<Record<string, Offer>> = {
  path: { of: 'file' },
  file: { of: 'file' },
  selector: { of: 'selector' },
  ref: { of: 'live', kind: 'guest' },
  node: { of: 'live', kind: 'node' },
  storage: { of: 'live', kind: 'storage' },
};
const SINGLE = ['--guest'];

function optionNode(option: Option): OptionNode {
  const { long = null, short = null, required, optional, variadic, argChoices, description } = option;
  const words = argChoices ?? offeredBy(option);
  const [, valueName = ''] = /<(\w+)>$/.exec(option.flags) ?? [];
  const named = BY_OPTION[option.flags] ?? BY_OPTION[long ?? ''] ?? BY_VALUE[valueName] ?? null;
  const offer: Offer | null = words.length > 0 ? { of: 'words', words } : named;
  const value = variadic ? 'many' : required ? 'required' : optional ? 'optional' : 'none';
  return {
    flags: [short, long].flatMap((flag) => flag ?? []),
    about: description,
    value,
    offer: value === 'none' ? null : offer,
    isList: argChoices === undefined && offer !== null && !(valueName in BY_VALUE) && !SINGLE.includes(long ?? ''),
  };
}

const API_VERBS: Readonly<Record<string, 'GET' | 'POST' | 'PUT' | 'DELETE'>> = {
  get: 'GET',
  create: 'POST',
  set: 'PUT',
  delete: 'DELETE',
};

function argumentOffer(argument: Argument, command: Command): Offer | null {
  if (argument.argChoices) return { of: 'words', words: argument.argChoices };
  const words = offeredBy(argument);
  if (words.length > 0) return { of: 'words', words };
  const name = argument.name();
  const verb = command.parent?.name() === 'api' ? API_VERBS[command.name()] : undefined;
  if (verb !== undefined) return { of: 'api', verb };
  if (name.startsWith('selector') || name === 'refs') return { of: 'selector' };
  if (name === 'file') return { of: 'file' };
  const isWhole = ['show', 'history'].includes(command.name());
  if (name === 'ref') return { of: 'live', kind: isWhole ? 'resource' : 'guest' };
  const isProvider = command.parent?.name() === 'providers' && command.name() !== 'add';
  return isProvider && name === 'name' ? { of: 'live', kind: 'provider' } : null;
}

const LIVE_FIELDS: Readonly<Record<string, LiveKind>> = {
  name: 'name',
  vmid: 'vmid',
  provider: 'provider',
  node: 'node',
  pool: 'pool',
  tag: 'tag',
  os: 'os',
  'disk.storage': 'storage',
};
function fieldNode(field: { name: string; about: string; example: string }): FieldNode {
  const { name, about } = field;
  const [live, words] = [LIVE_FIELDS[name], FIELD_WORDS[name]];
  const offer: Offer | null = live ? { of: 'live', kind: live } : words ? { of: 'words', words } : null;
  return { name, operator: operatorOf(field), about, offer };
}
