import { findMany } from '../../services/actions/many-guests.ts';
import type { ActionPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { escapeText } from '../output/escape.ts';
import { plural } from '../output/format.ts';
import type { ActOptions } from './act-options.ts';
import { PLAN_VIEW, withoutSecrets } from './plan-view.ts';

/** Whether the plan is to be carried out: a terminal is asked, a script says it. Throws AppError('usage') where neither can be. */
export async function isConfirmed(
  context: CliContext,
  plan: ActionPlan,
  { options, typesName }: { options: Pick<ActOptions, 'yes' | 'many'>; typesName: boolean },
): Promise<boolean> {
  const { io, output } = context;
  const many = await whatIsMany(context, plan);
  if (options.yes) {
    if (many === null || options.many) return true;
    throw new AppError('usage', `${many}; nothing was sent`, { hint: 'add --many if all of them are meant' });
  }
  await context.output.print(withoutSecrets(plan), PLAN_VIEW);
  if (!io.ask)
    throw new AppError('usage', 'nobody can be asked here; nothing was sent', {
      hint: 'add --yes to carry the plan out',
    });
  const isAgreed = typesName ? await namesTyped(context, plan) : await io.ask.confirm(escapeText(`Carry it out?`));
  const isSure = isAgreed && (many === null || (await io.ask.confirm(escapeText(`${many}. Are all of them meant?`))));
  if (!isSure) output.note('nothing was sent');
  return isSure;
}

/** Of what cannot be undone the name of each guest is typed. */
async function namesTyped({ io }: CliContext, { guests }: ActionPlan): Promise<boolean> {
  for (const { subject } of guests) {
    const name = subject.name ?? String(subject.vmid);
    const typed = await io.ask?.text(escapeText(`Type ${name} to have it destroyed:`));
    if (typed !== name) return false;
  }
  return true;
}

/** null: it is about one guest, or few of those that run. */
async function whatIsMany({ app }: CliContext, { guests }: ActionPlan): Promise<string | null> {
  const inventory = await app.inventory();
  const many = await findMany(
    guests,
    async (provider) => (await inventory.listGuests({ provider, status: 'running' })).length,
  );
  return many === null
    ? null
    : `it is about ${many.own} of the ${plural(many.all, 'guest')} of ${many.provider} that run`;
}
