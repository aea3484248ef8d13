import type { Action, GuestPlan, Parameters, PlannedCall } from '../../types/action.ts';

/** Stands for a secret in a plan that is shown or stored; the secret itself is nowhere but in memory. */
export const HIDDEN_VALUE = '«hidden»';

/** The plan of a guest without what nobody may see. */
export function hideSecrets(plan: GuestPlan): GuestPlan {
  const secrets = new Set(plan.calls.flatMap((call) => call.secrets));
  if (secrets.size === 0) return plan;
  return { ...plan, action: hideInAction(plan.action, secrets), calls: plan.calls.map(hideInCall) };
}

/** Whether a call of the plan has lost a secret, so that it cannot be sent. */
export function hasHiddenSecret({ parameters, secrets }: PlannedCall): boolean {
  return secrets.some((name) => parameters[name] === HIDDEN_VALUE);
}

function hideInAction(action: Action, secrets: ReadonlySet<string>): Action {
  if (action.verb === 'set') return { ...action, set: hideInSet(action.set, secrets) };
  if (action.verb === 'clone') return { ...action, settings: hide(action.settings, secrets) };
  if (action.verb === 'create') return { ...action, parameters: hide(action.parameters, secrets) };
  return action;
}

/** `env.x` is a part of `env`. */
function hideInSet(set: Parameters, secrets: ReadonlySet<string>): Parameters {
  const parts = Object.keys(set).filter((name) => secrets.has(name.split('.', 1)[0] ?? name));
  return hide(set, new Set(parts));
}

function hideInCall(call: PlannedCall): PlannedCall {
  return { ...call, parameters: hide(call.parameters, new Set(call.secrets)) };
}

function hide(parameters: Parameters, secrets: ReadonlySet<string>): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, secrets.has(name) ? HIDDEN_VALUE : value]),
  );
}
