import { Command } from 'commander';
import { AppError } from '../../types/errors.ts';
import { CONTAINER_KINDS, GUEST_KINDS, type GuestKind, VM_KINDS } from '../../types/guest.ts';
import type { CliContext } from '../context.ts';
import { allOption, atOption } from '../options.ts';
import { findByRef } from '../resources/find-by-ref.ts';

interface ShowGuestOptions {
  at?: string;
  diff?: string[];
  all?: true;
}

interface Kind {
  name: string;
  kinds: readonly GuestKind[];
  example: string;
}

function help({ name, example }: Kind): string {
  return `
REF is NAME, VMID or another id, PROVIDER/NAME, PROVIDER/ID, or a selector that only one guest matches. If several match, the
command lists them.

Examples:
  $ rollcall ${name} ${example}
  $ rollcall ${name} ${example} --at yesterday
  $ rollcall ${name} ${example} --diff 7d now
  $ rollcall ${name} prod/105 -o json | jq .document`;
}

export function showHostCommand(context: CliContext): Command {
  return showGuestCommand(context, { name: 'show-host', kinds: GUEST_KINDS, example: 'web-01' });
}

export function showVmCommand(context: CliContext): Command {
  return showGuestCommand(context, { name: 'show-vm', kinds: VM_KINDS, example: 'web-01' });
}

export function showContainerCommand(context: CliContext): Command {
  return showGuestCommand(context, { name: 'show-container', kinds: CONTAINER_KINDS, example: 'dns-01' });
}

function showGuestCommand(context: CliContext, guest: Kind): Command {
  return new Command(guest.name)
    .argument('<ref>', 'NAME, ID, PROVIDER/NAME or PROVIDER/ID')
    .addOption(atOption())
    .option('--diff <times...>', 'show the changes between two times: --diff 7d now')
    .addOption(allOption())
    .addHelpText('after', help(guest))
    .action(async (ref: string, { at, diff, all }: ShowGuestOptions) => {
      const { provider } = context.options;
      const lookup = { kinds: guest.kinds, ...(provider && { provider }), ...(all && { includeGone: true }) };
      if (diff === undefined) {
        const time = context.time(at);
        const then = { ...lookup, ...(time && { at: time }) };
        const { showState } = await import('../resources/show-state.ts');
        return findByRef(context, ref, then, async (one) => showState(context, one, then));
      }
      const [from, to, extra] = diff;
      if (from === undefined || to === undefined || extra !== undefined) {
        throw new AppError('usage', '--diff takes two times', { hint: `rollcall ${guest.name} ${ref} --diff 7d now` });
      }
      if (at !== undefined)
        throw new AppError('usage', '--at and --diff exclude each other', { hint: 'leave out --at' });
      const { showDiff } = await import('../resources/show-diff.ts');
      const ever = { ...lookup, includeGone: true };
      const times = { ...lookup, from: context.time(from), to: context.time(to) };
      return findByRef(context, ref, ever, async (one) => showDiff(context, one, times));
    });
}
