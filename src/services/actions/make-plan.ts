import type { ActionPlan, ActionSubject, GuestPlan, Risk } from '../../types/action.ts';
import { planDifferences } from './compare-plans.ts';
import { type GuestOrder, orderPlans } from './order-plans.ts';
import { type PlanGuestsOptions, type PlanRequest, planGuests } from './plan-guests.ts';

export interface AskedAction extends PlanRequest {
  tags: readonly string[];
  /** What the inventory knows, and the guest itself does not tell. */
  risks?: readonly Risk[];
}

export interface MakePlanOptions extends PlanGuestsOptions, Pick<ActionPlan, 'id' | 'createdAt' | 'verb' | 'reason'> {
  order: GuestOrder;
}

/** Reads every guest, and plans what was asked for. Throws AppError where one cannot be read. */
export async function makePlan(
  asked: readonly AskedAction[],
  { id, createdAt, verb, reason, order, ...reading }: MakePlanOptions,
): Promise<ActionPlan> {
  const plans = await planGuests(asked, reading);
  const guests = plans.map((plan, index) => {
    const { tags = [], risks = [] } = asked[index] ?? {};
    return { plan: { ...plan, risks: [...plan.risks, ...(isRefused(plan) ? [] : risks)] }, tags };
  });
  return { format: 1, id, createdAt, verb, reason, guests: orderPlans(guests, order) };
}

export function isRefused({ checks }: Pick<GuestPlan, 'checks'>): boolean {
  return checks.some(({ ok }) => !ok);
}

/** A guest as it is planned now, and what is different from the plan of before; empty: nothing is. */
export interface ReplannedGuest {
  plan: GuestPlan;
  differences: readonly string[];
}

/** Plans again what a plan is about. `subjectNow`: the guest as the inventory has it, whatever the plan says of it. */
export async function planAgain(
  { guests }: ActionPlan,
  { subjectNow, ...reading }: PlanGuestsOptions & { subjectNow: (subject: ActionSubject) => Promise<ActionSubject> },
): Promise<ReplannedGuest[]> {
  const requests = await Promise.all(
    guests.map(async ({ action, subject }) => ({ action, subject: await subjectNow(subject) })),
  );
  const plans = await planGuests(requests, reading);
  return guests.flatMap((before, index) => {
    const plan = plans[index];
    return plan === undefined
      ? []
      : [{ plan: { ...plan, group: before.group }, differences: planDifferences(before, plan) }];
  });
}
