import { Command } from 'commander';
import type { Target } from '../../app/config/select-providers.ts';
import { failedSteps } from '../../app/failed-steps.ts';
import type { ConnectionCheck } from '../../providers/provider.ts';
import { AppError } from '../../types/errors.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus, statusOfError, worstStatus } from '../exit-status.ts';
import { checkCost } from '../providers/check-cost.ts';
import {
  checkDatabase,
  checkEnvironment,
  checkKeyring,
  checkNode,
  checkProviderState,
} from '../providers/check-machine.ts';
import { checkProvider } from '../providers/check-provider.ts';
import { printSteps, type ShownStep } from '../providers/check-view.ts';

const HELP = `
Checks this machine (Node.js, keyring, environment), the database, and whether anything keeps a provider from being synced.
Then tests every enabled provider like \`providers test\`. Nothing changes in Proxmox VE.

With --cost it also says how many requests the last runs of each provider made, how many that is in a day where \`watch\` runs
it by a schedule of its own, and what the vendor allows.

Examples:
  $ rollcall doctor
  $ rollcall doctor --cost
  $ rollcall doctor --provider prod -o json | jq '.[] | select(.ok | not)'`;

export function doctorCommand(context: CliContext): Command {
  return new Command('doctor')
    .description('check everything that a sync needs, step by step')
    .option('--cost', 'also show how many requests the runs of each provider make')
    .addHelpText('after', HELP)
    .action(async ({ cost }: { cost?: true }) => {
      const steps: ShownStep[] = [];
      const statuses: ExitStatus[] = [];
      const add = (provider: string | null, found: readonly ConnectionCheck[], status: ExitStatus): void => {
        steps.push(...found.map((step) => ({ ...step, provider })));
        if (found.some(({ ok }) => !ok)) statuses.push(status);
      };
      const database = await checkDatabase(context);
      const stored = database.every(({ ok }) => ok) ? await providersOf(context) : [];
      add(null, [checkNode(process.version)], EXIT.failed);
      add(null, [await checkKeyring(context, stored)], EXIT.usage);
      const environment = checkEnvironment(context, stored);
      add(null, environment, EXIT.usage);
      add(null, database, EXIT.failed);
      for (const row of stored) add(row.name, await checkProviderState(context, row), EXIT.partial);
      if (cost === true) for (const row of stored) add(row.name, [await checkCost(context, row)], EXIT.partial);
      if ([...database, ...environment].every(({ ok }) => ok)) {
        for (const tested of await testAll(context)) {
          steps.push(...tested.steps);
          statuses.push(tested.status);
        }
      }
      context.status = worstStatus(statuses);
      await printSteps(context, steps);
    });
}

async function providersOf(context: CliContext): Promise<ProviderRow[]> {
  const { provider } = context.options;
  const all = await (await context.app.inventory()).listProviders();
  // While nothing is stored, the environment may describe the provider that is named.
  return all.length === 0 ? [] : (await context.app.inventory()).listProviders({ ...(provider && { provider }) });
}

async function testAll(context: CliContext): Promise<{ steps: readonly ShownStep[]; status: ExitStatus }[]> {
  let targets: readonly Target[];
  try {
    targets = await context.app.targets();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const steps = failedSteps('providers', error).map((step) => ({ ...step, provider: null }));
    return [{ steps, status: statusOfError(error.code) }];
  }
  return Promise.all(targets.map((target) => checkProvider(context, target)));
}
