import { Command, type Option } from 'commander';
import type { CliContext } from '../context.ts';
import type { GuestRequest } from './act.ts';
import { ACT_HELP, type ActOptions, withActOptions } from './act-options.ts';

export interface GuestCommand<Options extends ActOptions> {
  name: string;
  /** Of a command below another one; the others have theirs in the catalogue. */
  summary?: string;
  options: readonly Option[];
  text: string;
  examples: readonly string[];
  /** Throws AppError('usage') for what is typed wrong. */
  request: (options: Options) => Omit<GuestRequest, 'options'>;
}

/** A command that does the same to all guests that are named. */
export function guestCommand<Options extends ActOptions>(
  context: CliContext,
  { name, summary, options, text, examples, request }: GuestCommand<Options>,
): Command {
  const command = new Command(name).argument('<refs...>', 'guests: NAME, VMID, PROVIDER/NAME, or a selector');
  if (summary !== undefined) command.description(summary);
  for (const option of options) command.addOption(option);
  const lines = examples.map((line) => `  $ rollcall ${line}`).join('\n');
  return withActOptions(command)
    .addHelpText('after', `\n${text}\n${ACT_HELP}\nExamples:\n${lines}`)
    .action(async (refs: string[], given: Options) => {
      const asked = request(given);
      const { actOnGuests } = await import('./act.ts');
      await actOnGuests(context, refs, { ...asked, options: given });
    });
}
