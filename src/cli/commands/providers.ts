import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addProviderCommand } from './providers-add.ts';
import { confirmProviderCommand } from './providers-confirm.ts';
import { disableProviderCommand, enableProviderCommand } from './providers-enable.ts';
import { listProvidersCommand } from './providers-list.ts';
import { removeProviderCommand } from './providers-remove.ts';
import { showProviderCommand } from './providers-show.ts';
import { testProvidersCommand } from './providers-test.ts';
import { trustProviderCommand } from './providers-trust.ts';
import { updateProviderCommand } from './providers-update.ts';

const HELP = `
A provider is a cluster or a single host. Its credential is a reference to a secret, never the secret.

Examples:
  $ rollcall providers test
  $ rollcall providers add prod --endpoint pve1.example.com,pve2.example.com \\
      --token-id rollcall@pve!ro --secret file:/etc/rollcall/prod.secret --interval 5m
  $ rollcall providers list`;

export function providersCommand(context: CliContext): Command {
  const command = new Command('providers').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    listProvidersCommand,
    showProviderCommand,
    addProviderCommand,
    updateProviderCommand,
    removeProviderCommand,
    enableProviderCommand,
    disableProviderCommand,
    testProvidersCommand,
    trustProviderCommand,
    confirmProviderCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
