import type { Command } from 'commander';
import type { ActOptions } from '../actions/act-options.ts';
import { guestCommand } from '../actions/guest-command.ts';
import type { CliContext } from '../context.ts';

export function templateCommand(context: CliContext): Command {
  return guestCommand<ActOptions>(context, {
    name: 'template',
    options: [],
    text: `A guest that is stopped and has no snapshots becomes a template, to clone others from. There is no way back. Its provider has to
allow clone.`,
    examples: ['template debian-13 --dry-run', 'template prod/9000 --reason "golden image 13.2"'],
    request: () => ({ verb: 'template', action: () => ({ verb: 'template' }) }),
  });
}
