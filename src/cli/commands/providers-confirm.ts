import { Command } from 'commander';
import { commandsIn } from '../../app/config/allowed-commands.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import { allReferencesOf, type ProviderSettings } from '../../types/provider.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { actorText, allowText, credentialText, trustText } from '../providers/provider-words.ts';
import { recordAction } from '../providers/record-action.ts';

const HELP = `
The history records a provider's address, the trust in its certificate, the references to its secrets and what may be done to
its guests, sealed with the inventory key, which is not in the database. Settings that were written without Rollcall are not used. This command shows them
beside the settings that were recorded last, and records them once you confirm: on a terminal by answering yes, elsewhere by
passing the printed digest. A \`command:\` that fetches the secret runs only on machines where the user has allowed it; this
command allows it on this machine.

Examples:
  $ rollcall providers confirm prod
  $ rollcall providers confirm prod --settings 3b5d9d3f6f1c2a47`;

export function confirmProviderCommand(context: CliContext): Command {
  return new Command('confirm')
    .description(
      'confirm settings of a provider that this inventory did not record, or allow its command on this machine',
    )
    .argument('<name>')
    .option('--settings <digest>', 'confirm the settings with this digest without asking')
    .addHelpText('after', HELP)
    .action(async (name: string, { settings }: { settings?: string }) => {
      const row = await context.app.storedProvider(name);
      const gate = await context.app.gate();
      const { commands } = gate;
      const isRecorded = await gate.isConfirmed(row);
      const unknown = commandsIn(allReferencesOf(row)).filter((line) => !commands.has(line));
      if (isRecorded && unknown.length === 0) {
        context.output.note(`the settings of ${name} are confirmed; nothing was changed`);
        return;
      }
      await confirm(context, row, { isRecorded, digest: settings });
      for (const line of unknown) commands.add(line);
      if (commands.keep().length > 0) context.output.note(`allowed on this machine: ${unknown.join(', ')}`);
      if (!isRecorded) await (await context.app.providerRepository()).confirm(row, context.now());
      await recordAction(context, 'provider.confirm', name);
      context.output.note(`confirmed ${name}`);
    });
}

/** Throws AppError('unconfirmed') unless somebody says yes, or has given the digest of exactly these settings. */
async function confirm(
  context: CliContext,
  row: ProviderRow,
  { isRecorded, digest }: { isRecorded: boolean; digest: string | undefined },
): Promise<void> {
  const { settingsDigest } = await import('../../services/providers/settings.ts');
  const found = settingsDigest(row);
  if (digest === found) return;
  const hint = `to confirm them: rollcall providers confirm ${row.name} --settings ${found}`;
  if (digest !== undefined) {
    throw new AppError('unconfirmed', `the settings of ${row.name} have the digest ${found}, not ${digest}`, { hint });
  }
  const { ask } = context.io;
  const lines = await describeSettings(context, row, isRecorded);
  for (const line of lines) context.output.note(line);
  if (ask === undefined) throw new AppError('unconfirmed', `the settings of ${row.name} are not confirmed`, { hint });
  if (await ask.confirm(escapeText('Are these settings right?'))) return;
  throw new AppError('unconfirmed', `the settings of ${row.name} stay unconfirmed; nothing was changed`, { hint });
}

/** Each setting, with what was recorded last where that differs. */
async function describeSettings(context: CliContext, row: ProviderRow, isRecorded: boolean): Promise<string[]> {
  const recorded = isRecorded ? null : await (await context.app.gate()).recorded(row.id);
  const words = (settings: ProviderSettings): Record<string, string> => ({
    endpoints: settings.endpoints.join(', '),
    trust: trustText(settings.tls),
    credential: credentialText(settings.credential),
    allowed: allowText(settings.allow),
    'acts as': actorText(settings) ?? 'nobody',
  });
  const before = recorded === null ? {} : words(recorded.settings);
  return Object.entries(words(row)).map(([field, text]) => {
    const old = before[field];
    return `${field.padEnd(10)} ${text}${old === undefined || old === text ? '' : ` (recorded: ${old})`}`;
  });
}
