import { Command, Option } from 'commander';
import { readExpectationText } from '../../app/expectation-files.ts';
import { parseDurationMs } from '../../text/time.ts';
import type { CheckReport } from '../../types/check.ts';
import { AppError } from '../../types/errors.ts';
import { type ActOptions, withActOptions } from '../actions/act-options.ts';
import { checkView } from '../checks/check-view.ts';
import { warningsOf } from '../checks/finding-words.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { atOption } from '../options.ts';
import { dataAge, noteBegin } from '../resources/presence.ts';
import { EXPECTATIONS_FILE } from './expect-init.ts';

interface CheckOptions extends ActOptions {
  fix?: true;
  at?: string;
  maxAge?: number;
  report?: (typeof REPORTS)[number];
}

const REPORTS = ['junit', 'sarif'] as const;

const HELP = `
FILE is ${EXPECTATIONS_FILE} without another name; \`expect init\` writes one. Each guest that a rule selects is compared with what
the rule expects. Of a deviation the history tells since when it is so, and who made it so. What could not be observed is unknown:
it neither passes nor deviates. A waiver takes deviations out until its last day; one that ended no longer counts, and is told.

The exit status is ${EXIT.deviating} if something deviates, otherwise ${EXIT.partial} if something is unknown, the last run of a
provider failed or a rule selects no guest, otherwise ${EXIT.done}. --max-age makes everything unknown that is older.

--fix makes a plan that brings what deviates to what is expected - fields of the configuration, tags, and whether a guest runs - and
carries it out as other commands that change guests do; what it cannot change is told, with the reason. Several deviations of one guest
are one change. The options about guests at a time, the reason and the like are for --fix alone.

Examples:
  $ rollcall check
  $ rollcall check --fix --dry-run
  $ rollcall check production.yaml --max-age 1h
  $ rollcall check -o json | jq '.findings[] | [.name, .path, .origin.actor]'
  $ rollcall check --report junit > junit.xml
  $ rollcall check --report sarif > rollcall.sarif
  $ rollcall check --at yesterday`;

export function checkCommand(context: CliContext): Command {
  const command = new Command('check')
    .argument('[file]', 'file of expectations', EXPECTATIONS_FILE)
    .addOption(new Option('--report <format>', 'print a report for CI in place of -o').choices(REPORTS))
    .addOption(
      new Option('--max-age <duration>', 'take an inventory that is older for unknown: 1h, 2d').argParser(
        parseDurationMs,
      ),
    )
    .addOption(atOption())
    .addOption(
      new Option('--fix', 'bring what deviates to what is expected: plans it, and asks').conflicts(['at', 'report']),
    );
  return withActOptions(command)
    .addHelpText('after', HELP)
    .action(async (file: string, options: CheckOptions) => {
      const { output, provider } = context.options;
      if (options.report !== undefined && output !== 'table') {
        throw new AppError('usage', `--report ${options.report} does not go with -o ${output}`, {
          hint: 'leave one out',
        });
      }
      if (!options.fix && (options.dryRun || options.yes || options.planOut !== undefined)) {
        throw new AppError('usage', 'check alone changes nothing', { hint: 'add --fix' });
      }
      const at = context.time(options.at);
      const now = context.now();
      const { parseExpectations } = await import('../../services/checks/parse-file.ts');
      const rules = parseExpectations(readExpectationText(file, context.io.cwd), { file, now: at ?? now });
      const { report, checks, deviating } = await (await context.app.checks()).check({
        file,
        rules,
        now,
        ...(at && { at }),
        ...(provider && { provider }),
        ...(options.maxAge !== undefined && { maxAgeMs: options.maxAge }),
      });
      context.status = statusOf(report);
      if (options.fix) {
        const { fixDeviations } = await import('../checks/fix-deviations.ts');
        await fixDeviations(context, { report, rules: rules.rules, deviating }, options);
        return;
      }
      if (options.report === 'junit') {
        const { toJunit } = await import('../checks/junit.ts');
        context.io.stdout(toJunit(report, checks));
      } else if (options.report === 'sarif') {
        const [{ toSarif }, { toJson }] = [await import('../checks/sarif.ts'), await import('../output/serialize.ts')];
        context.io.stdout(toJson(toSarif(report, context.status)));
      } else {
        await context.output.print(
          report,
          checkView(async () => (report.inventory.length === 0 ? [] : dataAge(context, at))),
        );
      }
      for (const warning of warningsOf(report)) context.output.warn(warning);
      await noteBegin(context, at);
    });
}

/** A provider that was not read may have guests that deviate, and a rule that selects nobody says nothing of anybody. */
function statusOf({ counts: { deviating, unknown }, inventory, rules }: CheckReport): ExitStatus {
  if (deviating > 0) return EXIT.deviating;
  const isRead = inventory.length > 0 && inventory.every(({ asOf, problem }) => asOf !== null && problem === null);
  const isAbout = rules.every(({ guests }) => guests > 0);
  return unknown > 0 || !isRead || !isAbout ? EXIT.partial : EXIT.done;
}
