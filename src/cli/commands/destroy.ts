import { type Command, Option } from 'commander';
import type { ActOptions } from '../actions/act-options.ts';
import { backupRisks } from '../actions/backup-risks.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';

interface Options extends ActOptions {
  purge?: true;
  keepUnreferencedDisks?: true;
}

export function destroyCommand(context: CliContext): Command {
  return guestCommand<Options>(context, {
    name: 'destroy',
    options: [
      new Option('--purge', 'take it out of HA, backup jobs and replication as well'),
      new Option('--keep-unreferenced-disks', 'leave disks of its vmid that its configuration does not name'),
    ],
    text: `The guest has to be stopped, and not protected; one that HA manages or that is replicated needs --purge, and a template that
linked clones need stays. On a terminal the name of each guest is typed; a script needs --yes. How old its last backup is comes from
the inventory.`,
    examples: [
      'destroy web-01 --dry-run',
      'destroy web-01 --purge --reason "replaced by web-07"',
      "destroy 'tag=ephemeral,status=stopped' --yes --keep-going",
    ],
    request: ({ purge, keepUnreferencedDisks }) => ({
      verb: 'destroy',
      typesName: true,
      action: () => ({
        verb: 'destroy',
        purge: purge === true,
        withUnreferencedDisks: keepUnreferencedDisks !== true,
      }),
      risks: (guest) => backupRisks(guest, context.now()),
    }),
  });
}
