import type { ConnectionCheck } from '../../providers/provider.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import type { View } from '../output/output.ts';

/** A step that was checked; `provider` is null for one that is about this machine and its database. */
export interface ShownStep extends ConnectionCheck {
  provider: string | null;
}

const COLUMNS: readonly Column<ShownStep>[] = [
  {
    key: 'provider',
    raw: ({ provider }) => provider,
    detail: (rows) => new Set(rows.map(({ provider }) => provider)).size > 1,
  },
  {
    key: 'ok',
    header: '',
    raw: ({ ok }) => ok,
    text: ({ ok, isWarning }) => (isWarning ? 'warn' : ok ? 'ok' : 'FAILED'),
    tone: ({ ok, isWarning }) => (isWarning ? 'warn' : ok ? 'good' : 'bad'),
  },
  { key: 'step', raw: ({ step }) => step },
  {
    key: 'endpoint',
    raw: ({ endpoint }) => endpoint ?? null,
    detail: (rows) => new Set(rows.flatMap(({ endpoint }) => endpoint ?? [])).size > 1,
  },
  { key: 'message', header: 'FOUND', raw: ({ message }) => message },
  { key: 'hint', raw: ({ hint }) => hint ?? null, detail: 'named' },
];

/** Prints the steps, and below them what to do about those that need it, each once. */
export async function printSteps(context: CliContext, steps: readonly ShownStep[]): Promise<void> {
  const view: View<readonly ShownStep[], ShownStep> = {
    columns: COLUMNS,
    rows: (value) => value,
    ref: ({ provider, step }) => (provider === null ? step : `${provider}/${step}`),
  };
  await context.output.print(steps, view);
  const open = steps.filter(({ ok, isWarning }) => !ok || isWarning);
  for (const hint of new Set(open.flatMap((step) => step.hint ?? []))) context.output.hint(hint);
}
