import { Command, Option } from 'commander';
import { openAccounts, openFindings, openReconcile } from '../../app/open-reconcile.ts';
import { userName } from '../../app/user-name.ts';
import type { ShownFinding } from '../../services/reconcile/finding-service.ts';
import type { ReconcileReport } from '../../types/finding.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { collect } from '../options.ts';
import { plural } from '../output/format.ts';
import { FINDING_COLUMNS } from '../reconcile/finding-columns.ts';
import { accountOption, panelOption } from '../reconcile/finding-options.ts';
import { tellFindings } from '../reconcile/tell-findings.ts';

interface ReconcileCommandOptions {
  panel?: string[];
  account?: string;
  selector?: string[];
}

/** The value of -o json: the comparison, and what is open after it. */
type Reconciled = ReconcileReport & { findings: readonly ShownFinding[] };

const HELP = `
It reads the panels (\`rollcall panel add\`), and compares their records with the guests of the inventory as the last syncs stored
them: a record is matched with a guest by the id of the platform, its UUID, a MAC address, an address or its name, the best first.
What differs is a finding, which stays open until it is solved or accepted. Neither panels nor providers are changed.

A panel whose list cannot be read whole, and a provider whose last run failed, was filtered or held removals back, conclude
nothing: their findings stay as they are. A guest that could not be observed is not gone.

The exit status is ${EXIT.deviating} if findings are open, otherwise ${EXIT.partial} if something could not be read or decided, otherwise ${EXIT.done}.

Examples:
  $ rollcall reconcile
  $ rollcall reconcile --panel billing --account acme
  $ rollcall reconcile --selector 'tag=prod' -o json | jq '.findings[] | [.kind, .subject]'`;

export function reconcileCommand(context: CliContext): Command {
  return new Command('reconcile')
    .addOption(panelOption())
    .addOption(accountOption())
    .addOption(new Option('--selector <selector>', 'only guests that it selects; repeatable').argParser(collect))
    .addHelpText('after', HELP)
    .action(async ({ panel, account, selector }: ReconcileCommandOptions) => {
      const { app, output, io } = context;
      const accountKey = account === undefined ? undefined : await (await openAccounts(app)).keyOf(account);
      const service = await openReconcile(app);
      const progress = await context.progress();
      const report = await service
        .run({
          panels: panel,
          accountKey,
          selectors: selector,
          by: userName(),
          signal: io.signal,
          onProgress: (step, done, total) => progress.report(step, total === null ? '' : `${done}/${total}`),
        })
        .finally(() => progress.stop());
      const findings = await (await openFindings(app)).list({
        isOpen: true,
        panels: panel,
        accountKey,
        selectors: selector,
      });
      await tellFindings(context);
      context.status = statusOf(report, findings);
      await print(context, { ...report, findings });
      for (const { what, message, hint } of report.issues) output.warn(`${what}: ${message}`, hint ?? undefined);
    });
}

function statusOf({ outcome, issues }: ReconcileReport, findings: readonly ShownFinding[]): ExitStatus {
  if (outcome === 'failed') return EXIT.failed;
  if (findings.length > 0) return EXIT.deviating;
  return issues.length > 0 ? EXIT.partial : EXIT.done;
}

async function print({ output }: CliContext, reconciled: Reconciled): Promise<void> {
  await output.print<Reconciled, ShownFinding>(reconciled, {
    columns: FINDING_COLUMNS,
    ref: ({ id }) => id,
    rows: ({ findings }) => findings,
    footer: async () => [summaryOf(reconciled)],
  });
  if (reconciled.panels.length === 0) output.hint('there is no panel: rollcall panel add --help');
}

function summaryOf({ counts, panels, findings }: Reconciled): string {
  const { records, guests, matched, opened, closed } = counts;
  const open = `${plural(findings.length, 'open finding')}, ${opened} new, ${closed} closed`;
  return `${plural(panels.length, 'panel')}: ${matched} of ${plural(records, 'record')} matched with ${plural(guests, 'guest')}; ${open}`;
}
