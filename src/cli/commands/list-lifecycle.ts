import { Command, Option } from 'commander';
import { groupWarnings } from '../../services/lifecycle/group-warnings.ts';
import { AppError } from '../../types/errors.ts';
import {
  LIFECYCLE_URGENCIES,
  type LifecycleGroup,
  type LifecycleReport,
  type LifecycleUrgency,
  type LifecycleWarning,
} from '../../types/lifecycle.ts';
import { compileFilter } from '../../types/wildcard.ts';
import type { CliContext } from '../context.ts';
import { fixedWords } from '../fixed-words.ts';
import { groupColumns, warningColumns } from '../lifecycle/lifecycle-columns.ts';
import { offering, watched } from '../options.ts';
import { keysOf } from '../output/column.ts';
import { plural } from '../output/format.ts';
import { dataAge } from '../resources/presence.ts';

interface ListLifecycleOptions {
  within: number;
  urgency?: string[];
  summary?: true;
}

const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 };
const KEYS = keysOf(warningColumns(new Date(0)));

const HELP = `
It lists what vendors have ended or will end: releases of Proxmox VE and ESXi on nodes, operating systems of guests, and the stored
CA certificate of a cluster. ENDS is the last day, UTC. The urgency is ended, soon (within 90 days) or later.

HOW KNOWN says who named the release: the node, the guest's agent, the type in its configuration, or the name of a template or of
an installation image in a drive. A guest of which nobody names a release is not listed, but counted below the table.

The dates are part of Rollcall; -o wide shows the vendor's page of each. The expiry of API tokens and of the certificates that
servers show is not stored, and so not listed: \`rollcall doctor\` looks at the certificates.

Examples:
  $ rollcall list-lifecycle
  $ rollcall list-lifecycle --urgency ended --summary
  $ rollcall list-lifecycle --within 90d -o json | jq -r '.[].subject.ref'`;

export function listLifecycleCommand(context: CliContext): Command {
  return watched(context, offering(new Command('list-lifecycle'), KEYS))
    .addOption(
      new Option('--within <period>', 'also what ends within this time: 90d, 26w, 1y')
        .argParser(parsePeriodDays)
        .default(365, '1y'),
    )
    .addOption(urgencyOption())
    .addOption(new Option('--summary', 'one line for each release, with the number of what runs it'))
    .addHelpText('after', HELP)
    .action(async ({ within, urgency, summary }: ListLifecycleOptions) => {
      const { provider } = context.options;
      const report = await (await context.app.lifecycle()).report(context.now(), {
        withinDays: within,
        ...(provider && { provider }),
        ...(urgency && { urgency: urgenciesOf(urgency) }),
      });
      await (summary ? printGroups(context, report) : printWarnings(context, report));
    });
}

function urgencyOption(): Option {
  const option = new Option('--urgency <words>', LIFECYCLE_URGENCIES.join(', '));
  return offering(option.argParser(fixedWords('urgency', LIFECYCLE_URGENCIES)), LIFECYCLE_URGENCIES);
}

function urgenciesOf(patterns: readonly string[]): LifecycleUrgency[] {
  return LIFECYCLE_URGENCIES.filter(compileFilter(patterns));
}

async function printWarnings(context: CliContext, { warnings, guests }: LifecycleReport): Promise<void> {
  await context.output.print<readonly LifecycleWarning[], LifecycleWarning>(warnings, {
    columns: warningColumns(context.now()),
    rows: (value) => value,
    ref: ({ subject }) => subject.ref,
    empty: 'nothing has ended or ends within this time',
    footer: () => footer(context, guests),
  });
}

async function printGroups(context: CliContext, { warnings, guests }: LifecycleReport): Promise<void> {
  await context.output.print<readonly LifecycleGroup[], LifecycleGroup>(groupWarnings(warnings), {
    columns: groupColumns(context.now()),
    rows: (value) => value,
    ref: ({ release }) => release,
    empty: 'nothing has ended or ends within this time',
    footer: () => footer(context, guests),
  });
}

async function footer(context: CliContext, { total, unknown }: LifecycleReport['guests']): Promise<string[]> {
  const text = `of ${unknown} of ${plural(total, 'guest')} it is not known when support ends`;
  return [...(unknown === 0 ? [] : [text]), ...(await dataAge(context))];
}

/** Days of `90d`, `26w`, `1y`. Throws AppError('usage'). */
function parsePeriodDays(text: string): number {
  const [, count, unit = ''] = /^(\d{1,4})([dwy])$/i.exec(text.trim()) ?? [];
  const days = UNIT_DAYS[unit.toLowerCase()];
  if (count !== undefined && days !== undefined) return Number(count) * days;
  throw new AppError('usage', `'${text}' is not a number of days, weeks or years`, { hint: 'write 90d, 26w or 1y' });
}
