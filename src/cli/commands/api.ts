import { Command, Option } from 'commander';
import type { SendOptions } from '../calls/send-call.ts';
import type { CliContext } from '../context.ts';

const HELP = `
Any endpoint of Proxmox VE, by the path and parameters of the vendor's API, as pvesh takes them: what has no command of its own. Each
call is checked against the schema of the server's release (7.4, 8.4 or 9.2) before it is sent.

A write is shown first, and sent once. It takes a provider that allows it (\`providers update NAME --allow …\`): power, snapshot, config,
backup, migrate, clone, create or destroy for what those are about, and every one of them and \`api\` for everything else. Commands
for guests check more than this one: which machine it is, locks, HA, storage, snapshots.

With --guest, PATH is below a guest of the inventory, wherever it runs now. A write is refused where another machine may have taken
its vmid.

Examples:
  $ rollcall api get /nodes
  $ rollcall api get config --guest web-01
  $ rollcall api set /cluster/options keyboard=de --dry-run
  $ rollcall api create /nodes/pve1/vzdump vmid=100 storage=nas --yes`;

export function apiCommand(context: CliContext): Command {
  const command = new Command('api').usage('<command> [options]').addHelpText('after', HELP);
  command.addCommand(getCommand(context));
  for (const name of ['create', 'set', 'delete'] as const) command.addCommand(writeCommand(context, name));
  return command;
}

function getCommand(context: CliContext): Command {
  return callCommand('get', 'read a path, with the credential for reading')
    .addHelpText(
      'after',
      `
A list is printed as a table with all that the server tells, an object as JSON. ${PARAMETERS_HELP}

Examples:
  $ rollcall api get /cluster/resources type=vm --columns vmid,name,node
  $ rollcall api get /nodes/pve1/tasks limit=5 -o json
  $ rollcall api get snapshot --guest web-01 -o csv`,
    )
    .action(async (path: string, words: string[], { guest }: { guest?: string }) => {
      const { withCall } = await import('../calls/open-call.ts');
      const { printAnswer } = await import('../calls/print-answer.ts');
      await withCall(context, { verb: 'GET', path, words, guest }, async (session, prepared) => {
        await printAnswer(context, await session.read(prepared));
      });
    });
}

const PARAMETERS_HELP = `NAME=@FILE takes a value from a file,
NAME=@@TEXT one that begins with @; the same name again is for lists.`;

const WRITES = {
  create: {
    verb: 'POST',
    about: 'create something, or start a task (POST)',
    examples: `
  $ rollcall api create /pools poolid=shop --yes
  $ rollcall api create /nodes/pve1/qemu/100/agent/exec command=uptime
  $ rollcall api create snapshot --guest web-01 snapname=before --no-wait`,
  },
  set: {
    verb: 'PUT',
    about: 'change something that is there (PUT)',
    examples: `
  $ rollcall api set config --guest web-01 description=@notes.md
  $ rollcall api set /cluster/options keyboard=de --dry-run -o json
  $ rollcall api set /access/password userid=bob@pve password=@new-password`,
  },
  delete: {
    verb: 'DELETE',
    about: 'remove something (DELETE)',
    examples: `
  $ rollcall api delete /pools/shop
  $ rollcall api delete snapshot/before --guest web-01 --yes --reason 'no longer needed'`,
  },
} as const;

function writeCommand(context: CliContext, name: keyof typeof WRITES): Command {
  const { verb, about, examples } = WRITES[name];
  return callCommand(name, about)
    .option('--dry-run', 'show the call, and send nothing')
    .option('--yes', 'do not ask')
    .option('--no-wait', 'print the UPID of its task, and do not follow that')
    .option('--reason <text>', 'why, for the record of actions')
    .addHelpText(
      'after',
      `
The call is shown and confirmed, then sent once, with the credential for actions. Its task is followed to its end, with its log; one that
ends with warnings is done. ${PARAMETERS_HELP}
Values of secrets are not shown, and not recorded.

-o json prints the answer and the task: {provider, verb, path, answer, task: {upid, outcome, message}}.

Examples:${examples}`,
    )
    .action(async (path: string, words: string[], options: SendOptions & { guest?: string }) => {
      const { withCall } = await import('../calls/open-call.ts');
      const { sendCall } = await import('../calls/send-call.ts');
      await withCall(context, { verb, path, words, guest: options.guest }, (session, prepared) =>
        sendCall(context, { session, prepared }, options),
      );
    });
}

function callCommand(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .argument('<path>', '/nodes/pve1/status; with --guest what is below the guest: config')
    .argument('[parameters...]', 'name=value')
    .addOption(new Option('--guest <ref>', 'a guest of the inventory: name, vmid or provider/vmid'));
}
