import { Command } from 'commander';
import { commandsIn } from '../../app/config/allowed-commands.ts';
import { referencesOf } from '../../app/notify-sender.ts';
import { parseSettings, sealNotifier } from '../../services/notify/notifier-settings.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { findNotifier } from '../notify/find-notifier.ts';
import { filterText, targetText } from '../notify/notifier-words.ts';
import { escapeText } from '../output/escape.ts';

export function pauseNotifierCommand(context: CliContext): Command {
  return new Command('pause')
    .description('send nothing until it is resumed')
    .argument('<name>')
    .addHelpText('after', '\nNothing is lost: see `notify resume`.\n\nExamples:\n  $ rollcall notify pause ops')
    .action(async (name: string) => {
      const { id } = await findNotifier(context, name);
      await (await context.app.notifiers()).setPaused(id, context.now());
      context.output.note(`paused ${name}; \`rollcall notify resume ${name}\` goes on where it stopped`);
    });
}

export function resumeNotifierCommand(context: CliContext): Command {
  return new Command('resume')
    .description('go on after a pause, with what happened meanwhile')
    .argument('<name>')
    .option('--from-now', 'drop what happened meanwhile and what waits')
    .addHelpText(
      'after',
      `
Also ends the wait for the next attempt.

Examples:
  $ rollcall notify resume ops
  $ rollcall notify resume ops --from-now`,
    )
    .action(async (name: string, { fromNow }: { fromNow?: true }) => {
      const { id } = await findNotifier(context, name);
      const repository = await context.app.notifiers();
      if (fromNow) await repository.skip(id, context.now());
      await repository.setPaused(id, null);
      context.output.note(fromNow ? `resumed ${name}, from now on` : `resumed ${name}`);
    });
}

export function removeNotifierCommand(context: CliContext): Command {
  return new Command('remove')
    .description('remove a notifier, what waits and its log')
    .argument('<name>')
    .addHelpText(
      'after',
      '\nThe secrets that it refers to are not deleted.\n\nExamples:\n  $ rollcall notify remove ops',
    )
    .action(async (name: string) => {
      const { id } = await findNotifier(context, name);
      await (await context.app.notifiers()).remove(id);
      context.output.note(`removed ${name}`);
    });
}

export function confirmNotifierCommand(context: CliContext): Command {
  return new Command('confirm')
    .description('seal the settings of a notifier with the inventory key')
    .argument('<name>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
A notifier is sealed when it is added. Settings that something else wrote to the database, or that were sealed with an earlier
key (\`db new-key\`), are not acted on until they are confirmed.

Examples:
  $ rollcall notify show ops
  $ rollcall notify confirm ops --yes`,
    )
    .action(async (name: string, { yes }: { yes?: true }) => {
      const stored = await findNotifier(context, name);
      const settings = parseSettings(stored);
      const { channel } = settings;
      const what = `${name} sends to ${targetText(channel)}: ${filterText(settings)}`;
      if (yes !== true && !(await isConfirmed(context, name, what))) return;
      const { app, output } = context;
      const gate = await app.gate();
      const key = await gate.requireKey(`the notifier ${name}`);
      for (const line of commandsIn(referencesOf(channel))) gate.commands.add(line);
      await (await app.notifiers()).setSeal(stored.id, sealNotifier(key, stored));
      gate.commands.keep();
      output.note(`confirmed ${what}`);
    });
}

async function isConfirmed({ io, output }: CliContext, name: string, what: string): Promise<boolean> {
  if (!io.ask) throw new AppError('usage', what, { hint: `if that is right: rollcall notify confirm ${name} --yes` });
  if (await io.ask.confirm(escapeText(`${what}. Is that right?`))) return true;
  output.note('nothing was changed');
  return false;
}
