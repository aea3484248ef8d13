import { Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { sinceOption, untilOption } from '../options.ts';
import { findByRef } from '../resources/find-by-ref.ts';
import { showHistory } from '../resources/show-history.ts';

interface HistoryOptions {
  since?: string;
  until?: string;
  patch?: true;
}

const HELP = `
REF is a guest (NAME, VMID, PROVIDER/VMID, PROVIDER/NAME or a selector), a node or a storage, as in show; also one that is gone.
Prints its whole life: when it was created or first seen, each action on it with the changed fields, its moves, when it could
not be observed, its removal, and which guests had its vmid before. -p shows whole values, as a difference.

Examples:
  $ rollcall history web-01
  $ rollcall history prod/105 --since 30d -p
  $ rollcall history node/pve1
  $ rollcall history 105 -o json | jq '.previous[].name'`;

export function historyCommand(context: CliContext): Command {
  return new Command('history')
    .argument('<ref>', 'NAME, VMID, PROVIDER/VMID or PROVIDER/NAME')
    .addOption(sinceOption())
    .addOption(untilOption())
    .addOption(new Option('-p, --patch', 'show whole values, as a difference'))
    .addHelpText('after', HELP)
    .action(async (ref: string, { since, until, patch }: HistoryOptions) => {
      const { provider } = context.options;
      const lookup = { includeGone: true, ...(provider && { provider }) };
      const inventory = await context.app.inventory();
      const found = await findByRef(context, ref, lookup, async (one) => inventory.findAny(one, lookup));
      const [from, to] = [context.time(since), context.time(until)];
      await showHistory(context, found, { ...(from && { from }), ...(to && { to }), isPatch: patch === true });
    });
}
