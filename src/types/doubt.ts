import type { Sighting } from './presence.ts';

/**
 * Why a resource cannot be observed, or its absence is not believed. The text is stored (`presenceReason`), and for a removal
 * it is in the hash chain; where code has to tell one doubt from another, the text begins with a code: `hidden: VM.Audit on
 * /vms/102 is missing`. Only this file writes and reads the codes.
 */
type DoubtCode =
  /** A right is missing. */
  | 'hidden'
  /** The guard holds a removal back. */
  | 'held'
  /** Its configuration is left over on a node that is not a member of the cluster. */
  | 'leftover'
  /** It tells of itself, and has not for long: everything that can be read was read. */
  | 'silent';

export function doubt(code: DoubtCode, text: string): string {
  return `${code}: ${text}`;
}

/** Whether a resource is unobservable for a reason with this code. */
export function isDoubted(
  { presence, presenceReason }: Pick<Sighting, 'presence' | 'presenceReason'>,
  code: DoubtCode,
): boolean {
  return presence === 'unobservable' && presenceReason?.startsWith(`${code}:`) === true;
}

/**
 * Whether a resource is unobservable although everything that can be read was read: no run can do better, so none is partial for it, and
 * none tells of it as of a failure.
 */
export function isBeyondReading(sighting: Pick<Sighting, 'presence' | 'presenceReason'>): boolean {
  return isDoubted(sighting, 'leftover') || isDoubted(sighting, 'silent');
}
