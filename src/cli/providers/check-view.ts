import { hostOf } from '../../app/config/endpoint.ts';
import type { ConnectionCheck } from '../../providers/provider.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/format.ts';
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

/** A message without the call, the address and the provider that it is about. */
function causeOf({ provider, endpoint, message }: ShownStep): string {
  const names = [endpoint, endpoint === undefined ? undefined : hostOf(endpoint), provider];
  const text = message.replace(/^GET \/[^\s:]*: /, '');
  return names.reduce<string>((rest, name) => (name ? rest.replaceAll(name, '…') : rest), text);
}

const MOST_NAMED = 5;

function listed(names: ReadonlySet<string>): string {
  const all = Array.from(names);
  const more = all.length - MOST_NAMED;
  return more <= 0 ? all.join(', ') : `${all.slice(0, MOST_NAMED).join(', ')} and ${more} more`;
}

/** One row for failures of one cause: in the same words, at several providers, addresses or steps. */
export function byCause(steps: readonly ShownStep[]): ShownStep[] {
  const rows = new Map<string | number, ShownStep[]>();
  for (const [index, step] of steps.entries()) {
    const key = step.ok ? index : causeOf(step);
    rows.set(key, [...(rows.get(key) ?? []), step]);
  }
  return Array.from(rows.values()).flatMap((same) => {
    const [first, ...others] = same;
    if (first === undefined) return [];
    const providers = new Set(same.flatMap(({ provider }) => provider ?? []));
    const endpoints = new Set(same.flatMap(({ endpoint }) => endpoint ?? []));
    const more = others.length === 0 ? '' : ` (and ${plural(others.length, 'failure')} alike)`;
    return [
      {
        ...first,
        step: listed(new Set(same.map(({ step }) => step))),
        provider: providers.size > 1 ? listed(providers) : first.provider,
        ...(endpoints.size > 1 && { endpoint: listed(endpoints) }),
        message: `${first.message}${more}`,
      },
    ];
  });
}

/** Prints the steps, and below them what to do about those that need it, each once. */
export async function printSteps(context: CliContext, steps: readonly ShownStep[]): Promise<void> {
  const view: View<readonly ShownStep[], ShownStep> = {
    columns: COLUMNS,
    rows: context.options.output === 'table' || context.options.output === 'wide' ? byCause : (value) => value,
    ref: ({ provider, step }) => (provider === null ? step : `${provider}/${step}`),
  };
  await context.output.print(steps, view);
  const open = byCause(steps).filter(({ ok, isWarning }) => !ok || isWarning);
  for (const hint of new Set(open.flatMap((step) => step.hint ?? []))) context.output.hint(hint);
}
