/** A listed VM whose uuid is not known, or that several VMs have. */
export interface Unidentified {
  /** Its moref. */
  handle: string;
  /** The uuid that it shares with others. */
  nativeId?: string;
  reason: string;
}

export function sharedUuid(uuid: string, handle: string, others: readonly string[]): Unidentified {
  const named = others.filter((other) => other !== handle).join(', ');
  return { handle, nativeId: uuid, reason: `shares the uuid ${uuid} with ${named}` };
}

/** Why a guest that is not listed may be one of those; null: it is none of them. */
export function findUnidentified(
  { nativeId, handle }: { nativeId: string; handle: string | undefined },
  unidentified: readonly Unidentified[],
): string | null {
  const found = unidentified.find((one) => one.handle === handle || one.nativeId === nativeId);
  return found === undefined ? null : `it is listed, but ${found.reason}`;
}
