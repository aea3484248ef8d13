import type { Action, ActionSubject, GuestPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { ActingProvider } from './action-run.ts';

export interface PlanRequest {
  action: Action;
  subject: ActionSubject;
}

export interface PlanGuestsOptions {
  /** By id. Throws AppError where it cannot be acted on. */
  provider: (id: string) => Promise<ActingProvider>;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/** Guests that are read at the same time. */
const PARALLEL = 8;

/**
 * Plans for each guest, in the order of the requests. Throws AppError for the first that cannot be read, AppError('refused') for one of
 * a provider that is disabled.
 */
export async function planGuests(
  requests: readonly PlanRequest[],
  { provider, signal, onProgress }: PlanGuestsOptions,
): Promise<GuestPlan[]> {
  const plans = new Map<number, GuestPlan>();
  const open = requests.entries();
  const work = async (): Promise<void> => {
    for (const [index, { action, subject }] of open) {
      const { name, isEnabled, acting, allow } = await provider(subject.providerId);
      if (!isEnabled) throw disabled(name);
      plans.set(index, await acting.plan(action, subject, { allow, signal }));
      onProgress(plans.size, requests.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, requests.length) }, work));
  return requests.flatMap((_, index) => plans.get(index) ?? []);
}

function disabled(name: string): AppError {
  return new AppError('refused', `${name} is disabled; nothing was sent`, {
    hint: `rollcall providers enable ${name}`,
  });
}

/** A guest of the inventory, as an action means it. Throws AppError for one of a kind that nothing acts on. */
export function subjectOf(guest: GuestRow): ActionSubject {
  const { providerId, providerName, id, kind, vmid, name, node, identity, lastSeenAt } = guest;
  if (kind === 'vm' || vmid === null) {
    throw new AppError('usage', `${name ?? guest.nativeId} is of ${providerName}, whose guests are only read`, {
      hint: 'guests of Proxmox VE can be changed',
    });
  }
  return {
    providerId,
    providerName,
    guestId: id,
    kind,
    vmid,
    name,
    node,
    identity,
    seenAt: lastSeenAt.toISOString(),
  };
}
