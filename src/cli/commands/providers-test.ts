import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { worstStatus } from '../exit-status.ts';
import { checkProvider } from '../providers/check-provider.ts';
import { printSteps } from '../providers/check-view.ts';

const HELP = `
Connects to each provider, or to the one that flags and environment describe. For every step it prints the result and, after a
failure, the next thing to try. The steps are DNS, TCP and TLS of each address, then authentication, version, each privilege that
a feature needs with the line that grants it, quorum, guests, and the server's clock; then, of what --allow has allowed, what the
credential for actions may do and what it lacks. \`doctor\` also checks this machine and its
database.

Examples:
  $ rollcall providers test
  $ rollcall providers test prod 'lab*'
  $ rollcall providers test --endpoint pve.example.com --fingerprint AA:BB:…`;

export function testProvidersCommand(context: CliContext): Command {
  return new Command('test')
    .description('check the connection to providers step by step')
    .argument('[names...]', 'names of stored providers, wildcards allowed; default all')
    .addHelpText('after', HELP)
    .action(async (names: string[]) => {
      const targets = await context.app.targets(names.length > 0 ? names : undefined);
      const tests = await Promise.all(targets.map((target) => checkProvider(context, target)));
      context.status = worstStatus(tests.map(({ status }) => status));
      await printSteps(
        context,
        tests.flatMap(({ steps }) => steps),
      );
    });
}
