import { type OpenedActions, openActions } from '../../app/open-actions.ts';
import { planDifferences } from '../../services/actions/compare-plans.ts';
import { planGuests, subjectOf } from '../../services/actions/plan-guests.ts';
import type { ActionPlan, ActionSubject, GuestPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { actionIo, carryOut, planFile, requireReason } from './act.ts';
import type { ActOptions } from './act-options.ts';
import { readPlan } from './plan-file.ts';
import { guestLabel, PLAN_VIEW, withoutSecrets } from './plan-view.ts';

/** Carries out a plan that was put aside, if the world is still as it was. Throws AppError('moved'). */
export async function applyPlan(context: CliContext, file: string, options: ActOptions): Promise<void> {
  requireReason(context, options);
  const before = readPlan(await planFile(context, file));
  const opened = await openActions(context.app, actionIo(context));
  try {
    const now = await planAgain(context, opened, before);
    const fitting = fittingGuests(context, { before, now }, options);
    const plan = { ...before, reason: options.reason ?? before.reason, guests: fitting };
    if (options.dryRun) {
      await context.output.print(withoutSecrets(plan), PLAN_VIEW);
      return context.output.note('nothing was sent; the plan fits');
    }
    await carryOut(context, opened, {
      plan: { ...plan, id: context.app.machine.newId() },
      options,
      typesName: plan.verb === 'destroy',
    });
  } finally {
    opened.close();
  }
}

/** The calls are those of the plan that is made now: a file that somebody edited can refuse, and never direct. */
async function planAgain(
  context: CliContext,
  { provider }: OpenedActions,
  { guests }: ActionPlan,
): Promise<GuestPlan[]> {
  const requests = await Promise.all(
    guests.map(async ({ action, subject }) => ({ action, subject: await knownSubject(context, subject) })),
  );
  const { signal } = context.io;
  const plans = await planGuests(requests, { provider, signal, onProgress: () => undefined });
  return plans.map((plan, index) => ({ ...plan, group: guests[index]?.group ?? 0 }));
}

/** As the inventory has the guest, whatever the file says of it. */
async function knownSubject({ app }: CliContext, subject: ActionSubject): Promise<ActionSubject> {
  if (subject.guestId === null) {
    const { id, name } = await app.storedProvider(subject.providerId);
    return { ...subject, providerId: id, providerName: name };
  }
  return subjectOf(await (await app.inventory()).findGuest(subject.guestId));
}

function fittingGuests(
  context: CliContext,
  { before, now }: { before: ActionPlan; now: readonly GuestPlan[] },
  { keepGoing }: ActOptions,
): GuestPlan[] {
  const compared = now.map((plan, index) => {
    const was = before.guests[index];
    return { plan, differences: was === undefined ? [] : planDifferences(was, plan) };
  });
  const moved = compared.filter(({ differences }) => differences.length > 0);
  for (const { plan, differences } of moved) {
    for (const difference of differences) context.output.warn(`${guestLabel(plan)}: ${difference}`);
  }
  if (moved.length === 0 || (keepGoing && moved.length < now.length)) {
    return compared.flatMap(({ plan, differences }) => (differences.length === 0 ? [plan] : []));
  }
  throw new AppError(
    'moved',
    `${moved.length} of ${now.length} guests are not as they were when the plan was made; nothing was sent`,
    {
      hint: 'make the plan again',
    },
  );
}
