import type { GuestRow, NodeRow, ProviderRow } from '../../types/inventory.ts';
import type {
  LifecycleBasis,
  LifecycleReport,
  LifecycleSubject,
  LifecycleUrgency,
  LifecycleWarning,
} from '../../types/lifecycle.ts';
import type { Expiry } from './expiry.ts';
import { findPlatformRelease } from './find-release.ts';
import { type MatchableGuest, matchRelease } from './match-release.ts';
import type { ProductRelease } from './product.ts';
import { nameOf, noteOf, successorOf } from './successor.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 90 * DAY_MS;
const DEFAULT_WITHIN_DAYS = 365;

export interface LifecycleFacts {
  guests: readonly (MatchableGuest & Pick<GuestRow, 'id' | 'providerName' | 'nativeId'>)[];
  nodes: readonly Pick<NodeRow, 'id' | 'providerId' | 'providerName' | 'name' | 'version'>[];
  providers: readonly Pick<ProviderRow, 'id' | 'name' | 'type'>[];
  expiries: readonly Expiry[];
}

interface Horizon {
  now: Date;
  /** What ends later is left out. Default 365. */
  withinDays?: number;
}

/** Something that ends, of somebody. */
interface End {
  subject: LifecycleSubject;
  basis: LifecycleBasis;
  endsAt: Date;
  about: Pick<LifecycleWarning, 'release' | 'what' | 'ends' | 'moveTo' | 'note' | 'source'>;
}

/** What is over, and what ends within so many days. Pure. */
export function planWarnings(facts: LifecycleFacts, horizon: Horizon): LifecycleReport {
  const { now, withinDays = DEFAULT_WITHIN_DAYS } = horizon;
  const guests = facts.guests.map((guest) => guestEnd(guest, now));
  const ends = [...guests, ...nodeEnds(facts, now), ...expiryEnds(facts, now)].filter((end) => end !== null);
  const until = now.getTime() + withinDays * DAY_MS;
  return {
    warnings: ends
      .filter(({ endsAt }) => endsAt.getTime() <= until)
      .toSorted((a, b) => a.endsAt.getTime() - b.endsAt.getTime())
      .map((end) => toWarning(end, now)),
    guests: { total: guests.length, unknown: guests.filter((end) => end === null).length },
  };
}

function guestEnd(guest: LifecycleFacts['guests'][number], now: Date): End | null {
  const match = matchRelease(guest);
  if (match === null) return null;
  const { id, name, providerName, nativeId } = guest;
  const ref = `${providerName}/${nativeId}`;
  return releaseEnd(match, { kind: 'guest', id, name, ref, provider: providerName }, match.basis, now);
}

function nodeEnds({ nodes, providers }: LifecycleFacts, now: Date): (End | null)[] {
  const kinds = new Map(providers.map(({ id, type }) => [id, type]));
  return nodes.map(({ id, providerId, providerName, name, version }) => {
    const kind = kinds.get(providerId);
    const found = kind === undefined || version === null ? null : findPlatformRelease(kind, version);
    const subject = { kind: 'node', id, name, ref: `${providerName}/${name}`, provider: providerName } as const;
    return found && releaseEnd(found, subject, 'node', now);
  });
}

function expiryEnds({ expiries, providers }: LifecycleFacts, now: Date): End[] {
  const names = new Map(providers.map(({ id, name }) => [id, name]));
  const isDue = ({ endsAt, renewedDays }: Expiry) =>
    renewedDays === null || endsAt.getTime() - now.getTime() <= renewedDays * DAY_MS;
  return expiries.filter(isDue).map(({ providerId: id, key, what, basis, endsAt, moveTo, note }) => {
    const name = names.get(id) ?? id;
    return {
      subject: { kind: 'provider', id, name, ref: name, provider: name },
      basis,
      endsAt,
      about: {
        release: key,
        what,
        ends: dayOf(endsAt),
        moveTo,
        note,
        source: basis === 'credential' ? 'the server' : 'the certificate',
      },
    };
  });
}

/** null: nobody knows when it ends. */
function releaseEnd(found: ProductRelease, subject: LifecycleSubject, basis: LifecycleBasis, now: Date): End | null {
  const { product, release } = found;
  if (release.ends === null) return null;
  return {
    subject,
    basis,
    // It is supported on its last day.
    endsAt: new Date(Date.parse(release.ends) + DAY_MS),
    about: {
      release: `${product.id}/${release.version}`,
      what: nameOf(found),
      ends: release.ends,
      moveTo: successorOf(found, dayOf(now)),
      note: noteOf(found),
      source: product.source,
    },
  };
}

function toWarning({ subject, basis, endsAt, about }: End, now: Date): LifecycleWarning {
  const { release, what, ends, moveTo, note, source } = about;
  const id = `${subject.kind}/${subject.id}/${release}`;
  return { id, subject, what, release, ends, urgency: urgencyOf(endsAt, now), moveTo, note, source, basis };
}

function urgencyOf(endsAt: Date, now: Date): LifecycleUrgency {
  const leftMs = endsAt.getTime() - now.getTime();
  return leftMs <= 0 ? 'ended' : leftMs <= SOON_MS ? 'soon' : 'later';
}

/** `2026-11-27`, UTC. */
function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
