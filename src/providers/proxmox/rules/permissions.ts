import { doubt } from '../../../types/doubt.ts';
import type { Guest } from '../../../types/guest.ts';
import type { Issue, Permissions } from '../../../types/observation.ts';
import { holds } from '../../../types/permissions.ts';

/** Above this number, messages do not name single guests. */
const NAMED_GUESTS = 3;

/** Whether the token may see a guest in listings. */
export function canSeeGuest(permissions: Permissions, vmid: string): boolean {
  return holds(permissions, `/vms/${vmid}`, 'VM.Audit');
}

export function hiddenReason(vmid: string): string {
  return doubt('hidden', `VM.Audit on /vms/${vmid} is missing`);
}

/** One line about all guests that a token can no longer see; null if there are none. */
export function describeHidden(
  hidden: readonly Pick<Guest, 'nativeId'>[],
  before: Permissions | null,
  now: Permissions | null,
): Issue | null {
  if (hidden.length === 0) return null;
  const guests = hidden.length === 1 ? '1 guest' : `${hidden.length} guests`;
  return {
    code: 'permission-lost',
    scope: 'guests',
    message: `this token no longer sees ${guests}; missing: ${missingOn(hidden, before, now)}`,
    hint: 'give the token the role PVEAuditor on that path again; until then these guests keep their last known state',
  };
}

function missingOn(
  hidden: readonly Pick<Guest, 'nativeId'>[],
  before: Permissions | null,
  now: Permissions | null,
): string {
  const hadAll = before !== null && holds(before, '/vms', 'VM.Audit');
  const hasAll = now !== null && holds(now, '/vms', 'VM.Audit');
  if (!hasAll && (hadAll || hidden.length > NAMED_GUESTS)) return 'VM.Audit on /vms';
  const named = hidden.slice(0, NAMED_GUESTS).map(({ nativeId }) => `/vms/${nativeId}`);
  const rest = hidden.length - named.length;
  return `VM.Audit on ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
