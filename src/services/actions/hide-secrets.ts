import { HIDDEN, isSecretKey, maskText } from '../../text/mask-secrets.ts';
import type { Action, GuestPlan, Parameters, PlannedCall } from '../../types/action.ts';

/** The plan of a guest without what nobody may see, to be shown or stored: a secret is nowhere but in memory. */
export function hideSecrets(plan: GuestPlan): GuestPlan {
  const secrets = new Set(plan.calls.flatMap((call) => call.secrets));
  return { ...plan, action: hideInAction(plan.action, secrets), calls: plan.calls.map(hideInCall) };
}

/** Whether a call of the plan has lost a secret, so that it cannot be sent. */
export function hasHiddenSecret({ parameters, secrets }: PlannedCall): boolean {
  return secrets.some((name) => parameters[name] === HIDDEN);
}

/** A plan that is refused has no calls, whose planner would say which of its values are secrets. */
function hideInAction(action: Action, secrets: ReadonlySet<string>): Action {
  const isSecret = (name: string, value: string) => {
    // `env.x` is a part of `env`.
    const [key = name] = name.split('.', 1);
    return secrets.has(key) || isSecretKey(key) || maskText(value, null) !== value;
  };
  if (action.verb === 'set') return { ...action, set: hide(action.set, isSecret) };
  if (action.verb === 'clone') return { ...action, settings: hide(action.settings, isSecret) };
  if (action.verb === 'create') return { ...action, parameters: hide(action.parameters, isSecret) };
  return action;
}

function hideInCall(call: PlannedCall): PlannedCall {
  return { ...call, parameters: hide(call.parameters, (name) => call.secrets.includes(name)) };
}

function hide(parameters: Parameters, isSecret: (name: string, value: string) => boolean): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, isSecret(name, value) ? HIDDEN : value]),
  );
}
