import { Command, Option } from 'commander';
import type { GuestRow } from '../../types/inventory.ts';
import { ACT_HELP, type ActOptions, withActOptions } from '../actions/act-options.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../options.ts';

interface SetOptions extends ActOptions {
  delete?: string[];
}

const TEXT = `
The first argument names the guest; a selector there means every guest that it matches. What follows are changes, KEY=VALUE: keys of
the configuration as Proxmox VE has them (memory, cores, net0, onboot, description, …), checked against the API of its release. A part
of a property string is changed by KEY.PART=VALUE, and the rest of it stays: net0.tag=20. The plan shows each difference, and says of
a running guest what waits for a restart. Values that are as they shall be are not sent; a configuration that somebody else has changed
meanwhile is left alone. Secrets are given by reference: cipassword=env:NAME, file:/path or keyring:SERVICE/ACCOUNT, and never shown.
`;

const EXAMPLES = `
Examples:
  $ rollcall set web-01 memory=4096 cores=4
  $ rollcall set web-01 net0.bridge=vmbr1 net0.tag=20 --dry-run
  $ rollcall set tag=web onboot=1 startup=order=2 --yes
  $ rollcall set web-01 --delete net1,description
  $ rollcall set web-01 ciuser=admin cipassword=env:WEB_PASSWORD sshkeys="$(cat ~/.ssh/id_ed25519.pub)"
  $ rollcall set prod/200 rootfs.acl=1 --reason 'CHG-4711'`;

export function setCommand(context: CliContext): Command {
  const command = new Command('set')
    .argument('<ref>', 'guest: NAME, VMID, PROVIDER/NAME; or a selector')
    .argument('[changes...]', 'KEY=VALUE, or KEY.PART=VALUE')
    .addOption(new Option('--delete <keys>', 'keys, or parts of them, that go; comma-separated').argParser(collect));
  return withActOptions(command)
    .addHelpText('after', `${TEXT}${ACT_HELP}${EXAMPLES}`)
    .action(async (ref: string, pairs: string[], options: SetOptions) => {
      const { parseChanges, withSecrets } = await import('../actions/parse-changes.ts');
      const { resolveValue } = await import('../actions/resolve-value.ts');
      const asked = parseChanges(pairs, options.delete ?? []);
      const action = await withSecrets(asked, (key, value) => resolveValue(context, key, value));
      const { actOnGuests } = await import('../actions/act.ts');
      const guests: GuestRow[] = [];
      const remember = (guest: GuestRow) => {
        guests.push(guest);
        return action;
      };
      await actOnGuests(context, [ref], { verb: 'set', options, action: remember });
      if (options.dryRun || options.planOut !== undefined || !options.wait) return;
      const { tellPending } = await import('../actions/tell-pending.ts');
      await tellPending(context, guests, action);
    });
}
