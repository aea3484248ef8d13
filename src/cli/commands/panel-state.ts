import { Command } from 'commander';
import { commandsIn } from '../../app/config/allowed-commands.ts';
import { openPanels } from '../../app/open-panels.ts';
import { panelReferences, parsePanelSettings, sealPanel } from '../../services/reconcile/panel-settings.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { findPanel } from '../panels/find-panel.ts';
import { panelPairs, sourceText } from '../panels/panel-words.ts';

export function removePanelCommand(context: CliContext): Command {
  return new Command('remove')
    .description('remove a panel, and which of its records were matched')
    .argument('<name>')
    .addHelpText(
      'after',
      '\nThe secrets that it refers to are not deleted.\n\nExamples:\n  $ rollcall panel remove billing',
    )
    .action(async (name: string) => {
      const { id } = await findPanel(context, name);
      await (await openPanels(context.app)).remove(id);
      context.output.note(`removed ${name}`);
    });
}

export function confirmPanelCommand(context: CliContext): Command {
  return new Command('confirm')
    .description('seal the settings of a panel with the inventory key')
    .argument('<name>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
A panel is sealed when it is added. Settings that something else wrote to the database, or that were sealed with an earlier key
(\`db new-key\`), are not acted on until they are confirmed.

Examples:
  $ rollcall panel show billing
  $ rollcall panel confirm billing --yes`,
    )
    .action(async (name: string, { yes }: { yes?: true }) => {
      const stored = await findPanel(context, name);
      const settings = parsePanelSettings(stored);
      const what = `${name} reads ${sourceText(settings)}`;
      const { app, output } = context;
      // Not the address alone: also which secret is sent there, and which certificate is trusted.
      for (const { key, value } of panelPairs(settings)) output.note(`${key}: ${value}`);
      if (yes !== true && !(await isConfirmed(context, name, what))) return;
      const gate = await app.gate();
      const key = await gate.requireKey(`the panel ${name}`);
      for (const line of commandsIn(panelReferences(settings))) gate.commands.add(line);
      const { id } = stored;
      await (await openPanels(app)).update({ id, settings: stored.settings, seal: sealPanel(key, stored) });
      gate.commands.keep();
      output.note(`confirmed ${what}`);
    });
}

async function isConfirmed({ io, output }: CliContext, name: string, what: string): Promise<boolean> {
  if (!io.ask) throw new AppError('usage', what, { hint: `if that is right: rollcall panel confirm ${name} --yes` });
  if (await io.ask.confirm(escapeText(`${what}. Is that right?`))) return true;
  output.note('nothing was changed');
  return false;
}
