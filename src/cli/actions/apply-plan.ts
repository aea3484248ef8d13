import { openActions } from '../../app/open-actions.ts';
import { planAgain, type ReplannedGuest } from '../../services/actions/make-plan.ts';
import { subjectOf } from '../../services/actions/plan-guests.ts';
import type { ActionSubject, GuestPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { CliContext } from '../context.ts';
import { actionIo, carryOut, planFile, requireReason } from './act.ts';
import type { ActOptions } from './act-options.ts';
import { readPlan } from './plan-file.ts';
import { guestLabel, PLAN_VIEW, withoutSecrets } from './plan-view.ts';

/** Carries out a plan that was put aside, if the world is still as it was. Throws AppError('moved'). */
export async function applyPlan(context: CliContext, file: string, options: ActOptions): Promise<void> {
  const stored = readPlan(await planFile(context, file));
  const before = { ...stored, reason: options.reason ?? stored.reason };
  requireReason(context, { ...options, reason: before.reason });
  const opened = await openActions(context.app, actionIo(context));
  try {
    const now = await planAgain(before, {
      provider: opened.provider,
      signal: context.io.signal,
      onProgress: () => undefined,
      subjectNow: (subject) => knownSubject(context, subject),
    });
    const plan = { ...before, guests: fittingGuests(context, now, options) };
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

/** As the inventory has the guest, whatever the file says of it. */
async function knownSubject({ app }: CliContext, subject: ActionSubject): Promise<ActionSubject> {
  if (subject.guestId === null) {
    const { id, name } = await app.storedProvider(subject.providerId);
    return { ...subject, providerId: id, providerName: name };
  }
  return subjectOf(await (await app.inventory()).findGuest(subject.guestId));
}

/** The calls are those of the plans that were made now: what the file says can refuse, and never direct. */
function fittingGuests({ output }: CliContext, now: readonly ReplannedGuest[], { keepGoing }: ActOptions): GuestPlan[] {
  const moved = now.filter(({ differences }) => differences.length > 0);
  for (const { plan, differences } of moved) {
    for (const difference of differences) output.warn(`${guestLabel(plan)}: ${difference}`);
  }
  if (moved.length === 0 || (keepGoing && moved.length < now.length)) {
    return now.flatMap(({ plan, differences }) => (differences.length === 0 ? [plan] : []));
  }
  const what = `${moved.length} of ${now.length} guests are not as they were when the plan was made`;
  throw new AppError('moved', `${what}; nothing was sent`, { hint: 'make the plan again' });
}
