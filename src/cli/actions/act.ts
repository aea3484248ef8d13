import { variable } from '../../app/config/environment.ts';
import { type ActionIo, commandAuthor, type OpenedActions, openActions } from '../../app/open-actions.ts';
import { type AskedAction, isRefused, makePlan } from '../../services/actions/make-plan.ts';
import { subjectOf } from '../../services/actions/plan-guests.ts';
import type { Action, ActionPlan, ActionVerb, GuestPlan, Risk } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import type { ActOptions } from './act-options.ts';
import { typedCommandLine } from './command-text.ts';
import { isConfirmed } from './confirm.ts';
import { findGuests } from './find-guests.ts';
import { performPlan } from './perform-plan.ts';
import { type PlanFile, writePlan } from './plan-file.ts';
import { guestLabel, PLAN_VIEW, withoutSecrets } from './plan-view.ts';

export interface ActRequest {
  verb: ActionVerb;
  /** What is to be done to which guests; asked once the inventory is open. */
  requests: (opened: OpenedActions) => Promise<readonly AskedAction[]>;
  options: ActOptions;
  /** In place of a yes: the name has to be typed. */
  typesName?: boolean;
}

export interface GuestRequest extends Omit<ActRequest, 'requests'> {
  action: (guest: GuestRow) => Action;
  risks?: (guest: GuestRow) => readonly Risk[];
}

/** Does the same to all guests that references and selectors name. */
export async function actOnGuests(
  context: CliContext,
  refs: readonly string[],
  { action, risks, ...request }: GuestRequest,
): Promise<void> {
  const guests = await findGuests(context, refs);
  const asked = guests.map((guest) => ({
    action: action(guest),
    subject: subjectOf(guest),
    tags: guest.tags,
    ...(risks && { risks: risks(guest) }),
  }));
  await act(context, { ...request, requests: async () => asked });
}

/** Plans, shows, asks, performs. */
export async function act(context: CliContext, request: ActRequest): Promise<void> {
  const { options } = request;
  requireReason(context, options);
  const opened = await openActions(context.app, actionIo(context));
  try {
    const plan = await planFor(context, opened, request);
    if (options.planOut !== undefined) return await putAside(context, plan, options.planOut);
    if (options.dryRun) return await showOnly(context, plan);
    await carryOut(context, opened, { ...request, plan });
  } finally {
    opened.close();
  }
}

/** Shows a plan, asks, and performs it. */
export async function carryOut(
  context: CliContext,
  opened: OpenedActions,
  { plan, options, typesName = false }: Pick<ActRequest, 'options' | 'typesName'> & { plan: ActionPlan },
): Promise<void> {
  const kept = { ...plan, guests: await keptGuests(context, plan, options) };
  if (kept.guests.every(({ calls }) => calls.length === 0)) return showOnly(context, kept);
  if (!(await isConfirmed(context, kept, { options, typesName }))) return;
  const author = commandAuthor(typedCommandLine(context.args), plan.reason);
  await performPlan(context, opened, { plan: kept, options, author });
}

export function actionIo({ io, output }: CliContext): ActionIo {
  return { onWarning: (message: string) => output.warn(message), insist: io.insistence ?? NEVER };
}

const NEVER = new AbortController().signal;

async function planFor(context: CliContext, opened: OpenedActions, request: ActRequest): Promise<ActionPlan> {
  const { io, app } = context;
  const { verb, options } = request;
  const asked = await request.requests(opened);
  const progress = await context.progress();
  try {
    return await makePlan(asked, {
      id: app.machine.newId(),
      createdAt: context.now().toISOString(),
      verb,
      reason: options.reason ?? null,
      order: options.order,
      provider: opened.provider,
      signal: io.signal,
      onProgress: (done, total) => progress.report('plan', `${done} of ${total} guests read`),
    });
  } finally {
    progress.stop();
  }
}

/** All guests, or none where one is refused; with --keep-going those that are not. */
async function keptGuests(
  context: CliContext,
  plan: ActionPlan,
  { keepGoing }: ActOptions,
): Promise<readonly GuestPlan[]> {
  const refused = plan.guests.filter(isRefused);
  const [first] = refused;
  if (first === undefined) return plan.guests;
  if (keepGoing && refused.length < plan.guests.length) {
    for (const guest of refused) context.output.warn(`${guestLabel(guest)} is left out: ${refusalOf(guest).text}`);
    return plan.guests.filter((guest) => !isRefused(guest));
  }
  await context.output.print(withoutSecrets(plan), PLAN_VIEW);
  const { text, hint, name } = refusalOf(first);
  const others = refused.length > 1 ? `, and ${refused.length - 1} more` : '';
  const isDenied = name === 'privilege' || name === 'allowed';
  throw new AppError(isDenied ? 'forbidden' : 'refused', `${guestLabel(first)}: ${text}${others}; nothing was sent`, {
    ...(hint !== undefined && { hint }),
  });
}

function refusalOf({ checks }: GuestPlan) {
  const refusal = checks.find(({ ok }) => !ok);
  if (refusal === undefined) throw new Error('a refused guest has a check that refuses it');
  return refusal;
}

async function showOnly(context: CliContext, plan: ActionPlan): Promise<void> {
  await context.output.print(withoutSecrets(plan), PLAN_VIEW);
  const refused = plan.guests.filter(isRefused).length;
  if (refused > 0) context.status = EXIT.failed;
  const isNothing = refused === 0 && plan.guests.every(({ calls }) => calls.length === 0);
  context.output.note(isNothing ? 'nothing to do' : 'nothing was sent');
}

async function putAside(context: CliContext, plan: ActionPlan, file: string): Promise<void> {
  await context.output.print(withoutSecrets(plan), PLAN_VIEW);
  if (plan.guests.some(isRefused)) throw new AppError('refused', 'a plan that is refused is not written to a file');
  writePlan(plan, await planFile(context, file));
  context.output.note(`nothing was sent. The plan is in ${file}: rollcall apply ${file}`);
}

/** Where a plan is put aside, and the key that it is sealed with. */
export async function planFile({ app, io }: CliContext, file: string): Promise<PlanFile> {
  return { file, cwd: io.cwd, key: await (await app.gate()).requireKey('actions') };
}

/** Throws AppError('usage') where this machine wants a reason and none is given. */
export function requireReason(
  { app }: CliContext,
  { reason, dryRun }: { reason?: string | null | undefined; dryRun?: true | undefined },
): void {
  const isRequired = variable(app.env, 'ROLLCALL_REQUIRE_REASON') !== undefined;
  if (!isRequired || dryRun || (reason ?? '').trim() !== '') return;
  throw new AppError('usage', 'a reason is required here (ROLLCALL_REQUIRE_REASON)', {
    hint: "say why: --reason 'kernel update, CHG-4711'",
  });
}
