import { Command, Option } from 'commander';
import { FILE_FORMATS } from '../../types/import-mark.ts';
import type { CliContext } from '../context.ts';
import { type ImportOptions, importHosts } from '../imports/import-guests.ts';
import { type OrphanAction, treatOrphans } from '../imports/treat-orphans.ts';
import { selectorArgument } from '../options.ts';

type Options = ImportOptions & Record<OrphanAction, true | undefined>;

const HELP = `
An imported guest has an entry in a file that import-hosts writes: an SSH configuration (~/.ssh/rollcall.conf unless --file says
otherwise) or, with --format ansible, an inventory. Importing guests again changes their user, key or file, and brings all
addresses of the file up to date. Nothing secret is stored: a key is the path of its file.
On a terminal without --yes it asks which guests are meant, who logs in with which key, and shows the file's changes before it
writes. The mark follows the guest: to another cluster, but not to a new guest with the same id.
Once a run has seen that an imported guest is gone, discover-all, show-changes and sync-status say so and name its connection;
not while it is only unobservable.

Examples:
  $ rollcall import-hosts --new
  $ rollcall import-hosts 'tag=web,status=running' --user admin --key ~/.ssh/id_ed25519 --yes
  $ rollcall import-hosts pool=prod --format ansible --file ~/ansible/prod.yml --group prod --yes
  $ rollcall import-hosts --orphans
  $ rollcall import-hosts --prune --yes`;

export function importHostsCommand(context: CliContext): Command {
  return new Command('import-hosts')
    .description('mark guests as imported, and write their entries of an SSH configuration or Ansible inventory')
    .addArgument(selectorArgument())
    .option('--new', 'guests that are not imported yet')
    .addOption(new Option('--format <format>', 'what the file is').choices(FILE_FORMATS).default('ssh-config'))
    .option('--file <path>', 'the file; it is replaced as a whole, and no file of another origin is')
    .option('--user <name>', 'who logs in')
    .option('--key <path>', 'private key file of the login')
    .option('--port <number>', 'port of the SSH servers')
    .option('--group <name>', 'group in the Ansible inventory')
    .option('--domain <names>', 'domains whose names are yours; other names with a dot are changed')
    .option('--include', 'include the file in ~/.ssh/config')
    .addOption(new Option('--orphans', 'list imported guests that are gone').conflicts(['new', 'archive', 'prune']))
    .addOption(
      new Option('--archive', 'take out the entries of guests that are gone, and keep their marks').conflicts([
        'new',
        'prune',
      ]),
    )
    .addOption(new Option('--prune', 'remove the entries and marks of guests that are gone').conflicts('new'))
    .option('--dry-run', 'only print how the files would change')
    .option('--yes', 'write without asking')
    .addHelpText('after', HELP)
    .action(async (selectors: string[], options: Options) => {
      const action = (['orphans', 'archive', 'prune'] as const).find((name) => options[name]);
      if (action === undefined) await importHosts(context, selectors, options);
      else await treatOrphans(context, action, { selectors, ...options });
    });
}
