import { Command, Option } from 'commander';
import { commandsIn } from '../../app/config/allowed-commands.ts';
import { isProviderName } from '../../app/config/provider-name.ts';
import { openPanels } from '../../app/open-panels.ts';
import {
  confirmedPanelSettings,
  panelReferences,
  panelTls,
  sealPanel,
} from '../../services/reconcile/panel-settings.ts';
import { AppError } from '../../types/errors.ts';
import { PANEL_TYPES, type PanelSettings, type PanelTls, type PanelType } from '../../types/panel.ts';
import type { CliContext } from '../context.ts';
import { findPanel } from '../panels/find-panel.ts';
import { mergeOptions, optionsOf } from '../panels/options-of.ts';
import { type PanelOptions, withPanelOptions } from '../panels/panel-options.ts';
import { toPanelSettings } from '../panels/to-panel-settings.ts';

const HELP = `
Secrets (the URL of a database, tokens) are given as references: env:NAME, file:/path, keyring:SERVICE/ACCOUNT or
command:PROGRAM ARGUMENTS. Certificates are verified; --ca-file names another authority, --fingerprint one certificate. Panels
are read only: databases in a transaction that cannot write. Columns and keys are called as the fields are (id, provider,
native_id, uuid, mac, address, name, owner, state, cores, memory_mb, disk_gb, package, billed), or --map says how. With
--provider the panel is about the guests of these providers only.

Examples:
  $ rollcall panel add billing --type sql --url file:/etc/rollcall/billing.url --view rollcall_servers
  $ rollcall panel add shop --type sql --url env:SHOP_URL --query 'SELECT id, vmid AS native_id FROM vps' --provider pve1
  $ rollcall panel add sheet --type file --file servers.csv --map id=ID --map name=Hostname
  $ rollcall panel add crm --type http --url https://crm.example.com/api/vms --token env:CRM_TOKEN --rows data \\
      --total meta.total --page-param page --page-until 'meta.page >= meta.pages' --map id=id --map name=hostname
  $ rollcall panel add cp --type virtfusion --url https://cp.example.com --token file:/etc/rollcall/cp.token
  $ rollcall panel add shop --type whmcs --url https://shop.example.com --identifier env:WHMCS_ID --secret env:WHMCS_SECRET \\
      --group 'VPS*' --map native_id=VMID
  $ rollcall panel add netbox --type netbox --url https://netbox.example.com --token env:NETBOX_TOKEN --map native_id=vmid
  $ rollcall panel add book --type rollcall`;

export function addPanelCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('store a panel')
    .argument('<name>')
    .addOption(new Option('--type <type>', 'what it is').choices(PANEL_TYPES).makeOptionMandatory());
  return withPanelOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, { type, ...options }: PanelOptions & { type: PanelType }) => {
      refuseBadName(name);
      const { app, io, output } = context;
      const settings = described(context, { type, options });
      const { key, allow } = await openGate(context, name);
      const panel = { id: io.newId(), name, type, settings };
      const isAdded = await (await openPanels(app)).add({ ...panel, seal: sealPanel(key, panel) }, context.now());
      if (!isAdded) {
        throw new AppError('configuration', `there is a panel ${name} already`, {
          hint: `choose another name, or: rollcall panel update ${name}`,
        });
      }
      allow(settings);
      output.note(`added ${name}; rollcall panel test ${name} reads it`);
    });
}

export function updatePanelCommand(context: CliContext): Command {
  const command = new Command('update').description('change where a panel is and how it is read').argument('<name>');
  return withPanelOptions(command)
    .addHelpText(
      'after',
      `
Options that are given take the place of those before; --map, --group, --product, --select and --provider that of all of their kind.

Examples:
  $ rollcall panel update billing --url env:BILLING_URL
  $ rollcall panel update sheet --map id=Number --map name=Host`,
    )
    .action(async (name: string, options: PanelOptions) => {
      const stored = await findPanel(context, name);
      const { key, allow } = await openGate(context, name);
      // Otherwise, settings that something else wrote to the database would be sealed along with the new ones.
      const before = confirmedPanelSettings(key, stored);
      const merged = mergeOptions(optionsOf(before), options);
      const settings = described(context, { type: before.type, options: merged, before });
      const seal = sealPanel(key, { ...stored, settings });
      await (await openPanels(context.app)).update({ id: stored.id, settings, seal });
      allow(settings);
      context.output.note(`updated ${name}; rollcall panel test ${name} reads it`);
    });
}

/** What the options and the global options say, over what was said before. */
function described(
  context: CliContext,
  { type, options, before }: { type: PanelType; options: PanelOptions; before?: PanelSettings },
): PanelSettings {
  const { provider = before?.scope.providers ?? [], caFile, fingerprint, insecure } = context.options;
  if (insecure === true) {
    throw new AppError('usage', 'panels take no --insecure: a list of servers that anybody could change says nothing', {
      hint: 'give --ca-file or --fingerprint',
    });
  }
  const isNew = caFile !== undefined || fingerprint !== undefined;
  const said: PanelTls = {
    ...(caFile !== undefined && { caFile }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
  const tls = isNew || before === undefined ? said : panelTls(before);
  return toPanelSettings({ type, options, providers: provider, tls, cwd: context.io.cwd, now: context.now() });
}

/** The key that seals, and what lets commands among the references run from now on. */
async function openGate({ app }: CliContext, name: string) {
  const gate = await app.gate();
  const key = await gate.requireKey(`the panel ${name}`);
  const allow = (settings: PanelSettings): void => {
    for (const line of commandsIn(panelReferences(settings))) gate.commands.add(line);
    gate.commands.keep();
  };
  return { key, allow };
}

function refuseBadName(name: string): void {
  if (isProviderName(name)) return;
  throw new AppError('usage', `'${name}' cannot be the name of a panel`, {
    hint: 'use letters, digits, dots, dashes and underscores',
  });
}
