import type { Guest } from '../types/guest.ts';
import type { UnidentifiedGuest } from '../types/observation.ts';

/**
 * Why a guest that is not listed may be one of those; null: it is none of them. One that moved has another handle, and until its id can
 * be read only its name tells. `isCalled`: whether a name in the listing may be that of the guest.
 */
export function findUnidentified(
  { nativeId, identity: { handle }, document }: Pick<Guest, 'nativeId' | 'identity' | 'document'>,
  unidentified: readonly UnidentifiedGuest[],
  isCalled: (listed: string, name: unknown) => boolean = (listed, name) => listed === name,
): string | null {
  const name = document['name'];
  const found = unidentified.find((one) => {
    if (one.handle === handle) return true;
    if (one.nativeId !== undefined) return one.nativeId === nativeId;
    return one.name == null || isCalled(one.name, name);
  });
  return found === undefined ? null : `it is listed, but ${found.reason}`;
}
