import type { UnidentifiedGuest } from '../../types/observation.ts';

export function sharedUuid(uuid: string, handle: string, others: readonly string[]): UnidentifiedGuest {
  const named = others.filter((other) => other !== handle).join(', ');
  return { handle, nativeId: uuid, reason: `shares the uuid ${uuid} with ${named}` };
}

/** A VM whose files cannot be read is called by the path of its `.vmx`. */
export function isCalled(listed: string, name: unknown): boolean {
  return listed === name || listed.endsWith(`/${String(name)}.vmx`);
}
