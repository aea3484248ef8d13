import { Argument, Command } from 'commander';
import { commandsIn } from '../../app/config/allowed-commands.ts';
import { isProviderName } from '../../app/config/provider-name.ts';
import { referencesOf } from '../../app/notify-sender.ts';
import { sealNotifier } from '../../services/notify/notifier-settings.ts';
import { AppError } from '../../types/errors.ts';
import { CHANNEL_KINDS, type ChannelKind } from '../../types/notify.ts';
import type { CliContext } from '../context.ts';
import { type AddOptions, withNotifierOptions } from '../notify/notifier-options.ts';
import { toSettings } from '../notify/to-settings.ts';

const HELP = `
It tells of what happens from now on. Secrets (keys, tokens, passwords, addresses that let anybody post) are given as references:
env:NAME, file:/path, keyring:SERVICE/ACCOUNT or command:PROGRAM ARGUMENTS. Certificates are verified, --ca-file names another
authority; redirects are not followed; addresses that are not public are refused unless --allow-private is given. With
--provider only events of these providers are told. A command gets the message as JSON on its standard input, without a shell.

Examples:
  $ rollcall notify add webhook cmdb --url https://cmdb.example.com/hook --secret file:/etc/rollcall/hook.key
  $ rollcall notify add email admins --smtp mail.example.com:587 --from rollcall@example.com --to ops@example.com
  $ rollcall notify add ntfy phone --url https://ntfy.sh --topic env:NTFY_TOPIC --kind guard,sync-failed
  $ rollcall notify add slack prod --url file:/etc/rollcall/slack.url --select 'tag=prod' --quiet-hours 22:00-07:00
  $ rollcall notify add matrix team --url https://matrix.org --room '!abc:matrix.org' --token env:MATRIX_TOKEN
  $ rollcall notify add command pager -- /usr/local/bin/page --urgent`;

export function addNotifierCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('store a notifier')
    .addArgument(new Argument('<channel>', 'how to tell').choices(CHANNEL_KINDS))
    .argument('<name>')
    .argument('[program...]', 'command: program and arguments, after --');
  return withNotifierOptions(command)
    .addHelpText('after', HELP)
    .action(async (kind: ChannelKind, name: string, argv: string[], options: AddOptions) => {
      refuseBadName(name);
      const { app, io, output } = context;
      const { provider = [], caFile } = context.options;
      const now = context.now();
      const settings = toSettings({ kind, argv, options, providers: provider, caFile, cwd: io.cwd, now });
      const gate = await app.gate();
      const key = await gate.requireKey(`the notifier ${name}`);
      const notifier = { id: io.newId(), name, settings };
      const isAdded = await (await app.notifiers()).add({ ...notifier, seal: sealNotifier(key, notifier) }, now);
      if (!isAdded) {
        throw new AppError('configuration', `there is a notifier ${name} already`, {
          hint: `choose another name, or: rollcall notify remove ${name}`,
        });
      }
      for (const line of commandsIn(referencesOf(settings.channel))) gate.commands.add(line);
      gate.commands.keep();
      output.note(`added ${name}, which tells of what happens from now on; rollcall notify test ${name} sends a test`);
    });
}

function refuseBadName(name: string): void {
  if (isProviderName(name)) return;
  throw new AppError('usage', `'${name}' cannot be the name of a notifier`, {
    hint: 'use letters, digits, dots, dashes and underscores',
  });
}
