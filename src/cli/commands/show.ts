import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { allOption, atOption } from '../options.ts';
import { findByRef } from '../resources/find-by-ref.ts';
import { explainTime } from '../resources/history-begin.ts';
import { showResource } from '../resources/show-resource.ts';
import { showState } from '../resources/show-state.ts';

interface ShowOptions {
  at?: string;
  all?: true;
}

const HELP = `
REF is a guest (NAME, VMID, PROVIDER/VMID, PROVIDER/NAME or a selector), a node or a storage (NAME or PROVIDER/NAME). If a name is
ambiguous, put the kind before it: vm/100, container/200, node/pve1, storage/local.

Examples:
  $ rollcall show web-01
  $ rollcall show 105 --at yesterday
  $ rollcall show node/pve1
  $ rollcall show prod/local-lvm -o json | jq .document`;

export function showCommand(context: CliContext): Command {
  return new Command('show')
    .argument('<ref>', 'NAME, VMID, PROVIDER/VMID or PROVIDER/NAME')
    .addOption(atOption())
    .addOption(allOption())
    .addHelpText('after', HELP)
    .action(async (ref: string, { at, all }: ShowOptions) => {
      const time = context.time(at);
      const { provider } = context.options;
      const lookup = { ...(provider && { provider }), ...(time && { at: time }), ...(all && { includeGone: true }) };
      const inventory = await context.app.inventory();
      const found = await findByRef(context, ref, lookup, async (one) =>
        inventory.findAny(one, lookup).catch((error: unknown) => explainTime(context, error, time)),
      );
      if (found.kind === 'guest') await showState(context, found.row.id, lookup);
      else await showResource(context, found, time);
    });
}
