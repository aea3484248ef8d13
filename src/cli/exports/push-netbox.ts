import type { Inventory } from '../../services/exports/export-format.ts';
import { netboxPayload } from '../../services/exports/netbox-payload.ts';
import { applyPush } from '../../services/netbox/apply-push.ts';
import { readNetbox } from '../../services/netbox/netbox-state.ts';
import { planPush } from '../../services/netbox/plan-push.ts';
import type { Step } from '../../services/netbox/push-plan.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import { selectorOf } from '../resources/name-filters.ts';

export interface PushOptions {
  push: string;
  token?: string;
  dryRun?: true;
}

const COLUMNS: readonly Column<Step>[] = [
  { key: 'action', raw: ({ verb }) => verb },
  { key: 'kind', raw: ({ kind }) => kind },
  { key: 'name', raw: ({ label }) => label },
  { key: 'fields', raw: ({ body, refs = {} }) => [...Object.keys(body), ...Object.keys(refs)] },
];

/** Makes NetBox have what the inventory has, or only says how. Throws AppError('incomplete') for one that is stale or partial. */
export async function pushNetbox(
  context: CliContext,
  inventory: Inventory,
  selectors: readonly string[],
  { push, token = 'env:NETBOX_TOKEN', dryRun }: PushOptions,
): Promise<void> {
  if (inventory.problems.length > 0) {
    throw new AppError('incomplete', ['The inventory is stale or partial, and was not pushed', ...inventory.problems], {
      hint: 'run `rollcall discover-all`; --allow-stale is for files only',
    });
  }
  const payload = netboxPayload(inventory.guests);
  const client = await context.app.netbox(push, token);
  try {
    const gone = await goneGuests(context, selectors);
    const state = await readNetbox(client, payload, [...new Set(gone.map(({ providerName }) => providerName))]);
    const plan = planPush(payload, state, new Set(gone.map(({ id }) => id)));
    for (const warning of payload.warnings) context.output.warn(warning);
    for (const name of plan.foreign) context.output.warn(`not touched, since it has not the tag rollcall: ${name}`);
    await context.output.print(plan.steps, {
      columns: COLUMNS,
      rows: (steps) => steps,
      ref: ({ label }) => label,
      empty: 'NetBox has it all already',
    });
    if (dryRun) return;
    await applyPush(client, plan);
    if (plan.steps.length > 0) context.output.note(`${plan.steps.length} written to ${push}`);
  } finally {
    client.close();
  }
}

/** The guests whose removal is confirmed. */
async function goneGuests(context: CliContext, selectors: readonly string[]): Promise<readonly GuestRow[]> {
  const { provider } = context.options;
  const selector = await selectorOf(context, selectors, undefined);
  return (await context.app.inventory()).listGuests({
    presence: ['gone'],
    ...(provider && { provider }),
    ...(selector && { selector }),
  });
}
