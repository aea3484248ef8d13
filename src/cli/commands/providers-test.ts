import { Command } from 'commander';
import type { ConnectionCheck } from '../../providers/provider.ts';
import { AppError } from '../../types/errors.ts';
import type { Target } from '../config/select-providers.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus, statusOfError, worstStatus } from '../exit-status.ts';
import type { Column } from '../output/column.ts';
import type { View } from '../output/output.ts';

/** One step of the test of one provider. */
interface CheckedStep extends ConnectionCheck {
  provider: string;
}

/** Of a step that failed. Without the cluster log, or some guests, there is less to see, but a sync works. */
const STATUS_OF_STEP: Readonly<Record<string, ExitStatus>> = {
  'address and certificate': EXIT.unreachable,
  authentication: EXIT.denied,
  permissions: EXIT.denied,
  attribution: EXIT.partial,
  cluster: EXIT.partial,
  guests: EXIT.partial,
  clock: EXIT.partial,
};

const COLUMNS: readonly Column<CheckedStep>[] = [
  {
    key: 'provider',
    raw: ({ provider }) => provider,
    detail: (rows) => new Set(rows.map(({ provider }) => provider)).size > 1,
  },
  {
    key: 'ok',
    header: '',
    raw: ({ ok }) => ok,
    text: ({ ok }) => (ok ? 'ok' : 'FAILED'),
    tone: ({ ok }) => (ok ? 'good' : 'bad'),
  },
  { key: 'step', raw: ({ step }) => step },
  { key: 'message', header: 'FOUND', raw: ({ message }) => message },
  { key: 'hint', raw: ({ hint }) => hint, detail: 'named' },
];

const HELP = `
Connects to each provider, or to the one that flags and environment describe, and says for every step what was found and,
where it failed, what to do.

Examples:
  $ rollcall providers test
  $ rollcall providers test --endpoint pve.example.com --fingerprint AA:BB:…`;

export function testProvidersCommand(context: CliContext): Command {
  return new Command('test')
    .description('check the connection to providers step by step')
    .argument('[names...]', 'stored providers; all without one')
    .addHelpText('after', HELP)
    .action(async (names: string[]) => {
      const targets = await context.targets(names.length > 0 ? names : undefined);
      const tests = await Promise.all(targets.map((target) => testTarget(context, target)));
      const steps = tests.flatMap((test) => test.steps);
      context.status = worstStatus(tests.map(({ status }) => status));
      const view: View<readonly CheckedStep[], CheckedStep> = {
        columns: COLUMNS,
        rows: (value) => value,
        ref: ({ provider, step }) => `${provider}/${step}`,
      };
      await context.output.print(steps, view);
      const hints = new Set(steps.flatMap(({ ok, hint }) => (ok || hint === undefined ? [] : hint)));
      for (const hint of hints) context.output.note(`hint: ${hint}`);
    });
}

async function testTarget(
  context: CliContext,
  { used }: Target,
): Promise<{ steps: CheckedStep[]; status: ExitStatus }> {
  const steps: CheckedStep[] = [];
  try {
    const provider = await context.openProvider(used);
    try {
      for await (const check of provider.check(context.io.signal)) steps.push({ provider: used.name, ...check });
    } finally {
      provider.close();
    }
  } catch (error) {
    if (!(error instanceof AppError) || context.io.signal.aborted) throw error;
    const { message, hint, code } = error;
    steps.push({ provider: used.name, step: 'settings', ok: false, message, ...(hint !== undefined && { hint }) });
    return { steps, status: statusOfError(code) };
  }
  const failed = steps.filter(({ ok }) => !ok);
  return { steps, status: worstStatus(failed.map(({ step }) => STATUS_OF_STEP[step] ?? EXIT.failed)) };
}
