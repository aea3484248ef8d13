import { type Command, Option } from 'commander';
import type { Action } from '../../types/action.ts';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';
import { wholeNumber } from '../options.ts';

export type PowerVerb = 'start' | 'shutdown' | 'stop' | 'reboot' | 'reset' | 'suspend' | 'resume';
type Verb = PowerVerb;

interface PowerOptions extends ActOptions {
  timeout?: number;
  forceStop?: true;
  toDisk?: true;
}

interface PowerCommand {
  text: string;
  examples: readonly string[];
}

const COMMANDS: Readonly<Record<Verb, PowerCommand>> = {
  start: {
    text: 'A guest that HA manages is started through HA.',
    examples: [
      'start web-01',
      "start 'tag=web,status=stopped' --order startup --parallel 8",
      'start prod/105 --dry-run',
    ],
  },
  shutdown: {
    text: 'Asks the system inside to shut down, and waits for it. A guest that HA manages is stopped through HA.',
    examples: [
      'shutdown web-01 --timeout 120 --force-stop',
      "shutdown tag=test --keep-going --reason 'office move'",
      "shutdown 'node=pve3,status=running' --order startup --yes --many",
    ],
  },
  stop: {
    text: 'Cuts the power; shutdown asks the system inside first.',
    examples: ['stop web-01', 'stop prod/105 --yes'],
  },
  reboot: {
    text: 'Shuts the system inside down and starts it; what waits for a restart takes effect.',
    examples: ['reboot web-01', 'reboot tag=web --parallel 1'],
  },
  reset: { text: 'As the button of a machine does. Of virtual machines only.', examples: ['reset web-01'] },
  suspend: {
    text: 'Pauses a virtual machine; with --to-disk its memory is saved and it is off.',
    examples: ['suspend web-01', 'suspend web-01 --to-disk'],
  },
  resume: { text: 'Goes on with a virtual machine that was suspended.', examples: ['resume web-01'] },
};

export function powerCommand(verb: Verb): (context: CliContext) => Command {
  return (context) =>
    guestCommand<PowerOptions>(context, {
      name: verb,
      options: optionsOf(verb),
      ...COMMANDS[verb],
      request: (options) => ({ verb, action: () => toAction(verb, options) }),
    });
}

function optionsOf(verb: Verb): Option[] {
  const timeout = new Option('--timeout <seconds>', 'how long the guest may take').argParser(wholeNumber(1));
  if (verb === 'shutdown')
    return [timeout, new Option('--force-stop', 'cut its power if it does not shut down in time')];
  if (verb === 'reboot') return [timeout];
  if (verb === 'suspend') return [new Option('--to-disk', 'save the memory to disk and switch it off')];
  return [];
}

function toAction(verb: Verb, { timeout, forceStop, toDisk }: PowerOptions): Action {
  const timeoutSeconds = timeout ?? null;
  switch (verb) {
    case 'shutdown':
      return { verb, timeoutSeconds, forceStop: forceStop === true };
    case 'reboot':
      return { verb, timeoutSeconds };
    case 'suspend':
      return { verb, toDisk: toDisk === true };
    default:
      return { verb };
  }
}
