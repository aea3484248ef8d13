import os from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { AppError } from '../../types/errors.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import type { CliContext } from '../context.ts';
import { escapeLines, escapeText } from '../output/escape.ts';

const HELP = `
Completes commands, options, columns and fixed words, and the names, vmids, providers, tags, nodes, pools and selectors of the
inventory as it is at this moment. A database that cannot be read at once gives no names.

Examples:
  $ rollcall completion install
  $ source <(rollcall completion bash)
  $ rollcall completion fish > ~/.config/fish/completions/rollcall.fish`;

const USES: Readonly<Record<Shell, string>> = {
  bash: 'source <(rollcall completion bash)',
  zsh: 'source <(rollcall completion zsh)',
  fish: 'rollcall completion fish | source',
  powershell: 'rollcall completion powershell | Out-String | Invoke-Expression',
};

const INSTALL_HELP = `
Writes the script where the shell looks for it: for bash the folder of the package bash-completion, for fish its own folder. For zsh
and PowerShell a block in .zshrc or the profile loads it. Shows what it changes, and asks; --yes is for scripts. A second run
changes nothing. A file that is a link is never written.

Examples:
  $ rollcall completion install
  $ rollcall completion install --shell zsh --yes`;

export function completionCommand(context: CliContext): Command {
  const command = new Command('completion').usage('<command> [options]').addHelpText('after', HELP);
  command.addCommand(installCommand(context));
  for (const shell of SHELLS) command.addCommand(scriptCommand(context, shell));
  return command;
}

function scriptCommand({ io }: CliContext, shell: Shell): Command {
  return new Command(shell)
    .description(`print the script for ${shell === 'powershell' ? 'PowerShell' : shell}`)
    .addHelpText('after', `\nExamples:\n  $ rollcall completion ${shell}\n  $ ${USES[shell]}`)
    .action(() => io.stdout(escapeLines(SCRIPTS[shell].replace(/\n$/, '').split('\n'))));
}

function installCommand(context: CliContext): Command {
  return new Command('install')
    .description('install completion for your shell')
    .addOption(new Option('--shell <name>', 'the shell; without it that of SHELL').choices(SHELLS))
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', INSTALL_HELP)
    .action(async ({ shell: named, yes }: { shell?: Shell; yes?: true }) => {
      const { io, output } = context;
      const shell = named ?? shellOf(io.env['SHELL']);
      const { editLines, homeOf, planInstall } = await import('../completion/install-plan.ts');
      const { readShellFile, writeShellFiles } = await import('../../app/shell-files.ts');
      const edits = planInstall(shell, homeOf(io.env, io.env['HOME'] ?? os.homedir()), readShellFile);
      if (edits.length === 0) {
        output.note(`completion for ${shell} is installed already`);
        return;
      }
      output.note(...edits.flatMap(editLines));
      if (yes !== true && io.ask === undefined) {
        const hint = `rollcall completion install --shell ${shell} --yes`;
        throw new AppError('usage', 'nobody can be asked whether to write these files', { hint });
      }
      if (yes !== true && !(await io.ask?.confirm(escapeText('Write these files?')))) {
        output.note('nothing was changed');
        return;
      }
      writeShellFiles(edits);
      output.note(`completion for ${shell} is installed: start a new shell`);
    });
}

/** Throws AppError('usage') for a shell that there is no script for. */
function shellOf(program = ''): Shell {
  const name = path.basename(program).replace(/^pwsh$/, 'powershell');
  const shell = SHELLS.find((one) => one === name);
  if (shell !== undefined) return shell;
  const hint = `name one with --shell: ${SHELLS.join(', ')}`;
  throw new AppError(
    'usage',
    name === '' ? 'SHELL does not say which shell this is' : `there is no script for ${name}`,
    {
      hint,
    },
  );
}
