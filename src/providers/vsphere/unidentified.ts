import type { Guest } from '../../types/guest.ts';
import type { UnidentifiedGuest } from '../../types/observation.ts';

export function sharedUuid(uuid: string, handle: string, others: readonly string[]): UnidentifiedGuest {
  const named = others.filter((other) => other !== handle).join(', ');
  return { handle, nativeId: uuid, reason: `shares the uuid ${uuid} with ${named}` };
}

/**
 * Why a guest that is not listed may be one of those; null: it is none of them. One that was registered anew has another moref, and
 * until its uuid can be read only its name tells.
 */
export function findUnidentified(
  { nativeId, identity: { handle }, document }: Pick<Guest, 'nativeId' | 'identity' | 'document'>,
  unidentified: readonly UnidentifiedGuest[],
): string | null {
  const name = document['name'];
  const found = unidentified.find(
    (one) => one.handle === handle || (one.nativeId === undefined ? mayBeCalled(name, one) : one.nativeId === nativeId),
  );
  return found === undefined ? null : `it is listed, but ${found.reason}`;
}

/** A VM whose files cannot be read is called by the path of its `.vmx`. */
function mayBeCalled(name: unknown, { name: listed }: UnidentifiedGuest): boolean {
  return listed == null || listed === name || listed.endsWith(`/${String(name)}.vmx`);
}
