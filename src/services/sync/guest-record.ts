import type { Value } from '../../types/document.ts';
import { diffDocuments, sameValue } from '../../types/document-replay.ts';
import type { GuestIdentity } from '../../types/guest.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { GuestWrite, KnownGuest } from '../../types/plan.ts';
import { SECTIONS, type Section } from '../../types/section.ts';
import { mergeDocument } from './diff-document.ts';
import { withoutPowerDoubt } from './power-doubt.ts';

/** A stored guest in the form in which it is written. */
export function toGuestWrite(guest: KnownGuest): GuestWrite {
  const { id, kind, nativeId, vmid, document, identity, readSections, changesSince, lock } = guest;
  const { cpus, memoryBytes, diskBytes, bootDiskBytes } = guest;
  const { presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt } = guest;
  return {
    id,
    kind,
    nativeId,
    vmid,
    document,
    identity,
    readSections,
    changesSince,
    lock,
    cpus,
    memoryBytes,
    diskBytes,
    bootDiskBytes,
    presence,
    presenceReason,
    unobservableSince,
    firstSeenAt,
    lastSeenAt,
    goneAt,
    previousId: null,
  };
}

/** A guest that was not known. If it cannot be observed yet, it has no power state. */
export function toNewGuest(seen: GuestObservation, id: string, at: Date): GuestWrite {
  const { kind, nativeId, vmid, document, identity, lock, unobservable } = seen;
  return {
    id,
    kind,
    nativeId,
    vmid,
    document,
    identity,
    readSections: SECTIONS.filter((section) => seen.complete.has(section)),
    changesSince: 0,
    lock,
    cpus: seen.cpus,
    memoryBytes: whole(seen.memoryBytes),
    diskBytes: whole(seen.diskBytes),
    bootDiskBytes: whole(seen.bootDiskBytes),
    presence: unobservable === null ? 'present' : 'unobservable',
    presenceReason: unobservable,
    unobservableSince: unobservable === null ? null : at,
    firstSeenAt: at,
    lastSeenAt: at,
    goneAt: null,
    previousId: null,
  };
}

/** The known list itself when nothing was read for the first time, as in nearly all runs. */
function joinSections(known: readonly Section[], complete: ReadonlySet<Section>): readonly Section[] {
  const hasNewSection = SECTIONS.some((section) => complete.has(section) && !known.includes(section));
  return hasNewSection ? SECTIONS.filter((section) => known.includes(section) || complete.has(section)) : known;
}

/** Columns of bytes hold integers. */
function whole(value: number | null): number | null {
  return value === null ? null : Math.ceil(value);
}

/**
 * A known guest after an observation; `at` is null if only a part of it was read. Missing figures keep their last value.
 */
export function toSeenGuest(known: GuestWrite, seen: GuestObservation, at: Date | null): GuestWrite {
  return {
    ...known,
    document: mergeDocument(known.document, withoutPowerDoubt(known.document, seen), seen.complete),
    identity: seen.complete.has('config') ? seen.identity : { ...known.identity, ...seen.identity },
    readSections: joinSections(known.readSections, seen.complete),
    lock: seen.lock,
    cpus: seen.cpus ?? known.cpus,
    memoryBytes: whole(seen.memoryBytes) ?? known.memoryBytes,
    diskBytes: whole(seen.diskBytes) ?? known.diskBytes,
    bootDiskBytes: whole(seen.bootDiskBytes) ?? known.bootDiskBytes,
    presence: 'present',
    presenceReason: null,
    unobservableSince: null,
    lastSeenAt: at ?? known.lastSeenAt,
  };
}

export function toUnobservableGuest(known: GuestWrite, reason: string, at: Date): GuestWrite {
  return {
    ...known,
    presence: 'unobservable',
    presenceReason: reason,
    unobservableSince: known.unobservableSince ?? at,
  };
}

export function toGoneGuest(known: GuestWrite, reason: string, at: Date): GuestWrite {
  return { ...known, presence: 'gone', presenceReason: reason, unobservableSince: null, goneAt: at };
}

/** Whether anything but the time of the last observation differs. */
export function guestDiffers(before: GuestWrite, after: GuestWrite): boolean {
  return (
    FACTS.some((fact) => before[fact] !== after[fact]) ||
    !sameValue(before.readSections, after.readSections) ||
    !sameIdentity(before.identity, after.identity) ||
    diffDocuments(before.document, after.document).length > 0
  );
}

const FACTS = ['lock', 'cpus', 'memoryBytes', 'diskBytes', 'bootDiskBytes', 'presence', 'presenceReason'] as const;

export function sameIdentity(a: GuestIdentity, b: GuestIdentity): boolean {
  if (a === b) return true;
  const parts: (readonly [string, Value])[] = Object.entries(a);
  const others = new Map<string, Value>(Object.entries(b));
  return parts.length === others.size && parts.every(([part, value]) => sameValue(value, others.get(part) ?? null));
}
