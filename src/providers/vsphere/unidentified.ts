/** A listed VM whose uuid is not known, or not its own. Only this file writes and reads the reasons that name a uuid. */
export interface Unidentified {
  /** Its moref. */
  handle: string;
  reason: string;
}

const SHARED = /^shares the uuid (\S+) with /;

export function sharedUuid(uuid: string, handle: string, others: readonly string[]): Unidentified {
  return { handle, reason: `shares the uuid ${uuid} with ${others.filter((other) => other !== handle).join(', ')}` };
}

/** Why a guest that is not listed may be one of those; null: it is none of them. */
export function findUnidentified(
  { nativeId, handle }: { nativeId: string; handle: string | undefined },
  unidentified: readonly Unidentified[],
): string | null {
  const found = unidentified.find((one) => one.handle === handle || SHARED.exec(one.reason)?.[1] === nativeId);
  return found === undefined ? null : `it is listed, but ${found.reason}`;
}
