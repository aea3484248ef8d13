import type { BackupTask, GuestBackup, InnerAddress, InnerAnswer } from '../../types/inner-facts.ts';
import type { AddressSpan, InnerPlan } from '../../types/inner-plan.ts';

/** An address that comes back sooner was never given up: an interface that was down, an answer in the middle of a restart. */
export const GAP_MS = 3_600_000;

interface Told {
  providerId: string;
  answers: readonly InnerAnswer[];
  backups: readonly (readonly [BackupTask, readonly GuestBackup[]])[];
  backupJobs: InnerPlan['backupJobs'];
  credential: InnerPlan['credential'];
  /** Addresses of the guests that answered, also former ones. */
  known: readonly AddressSpan[];
}

/** What to write of what was told. A guest that could not be asked keeps its addresses. */
export function planInner({ providerId, answers, backups, backupJobs, credential, known }: Told): InnerPlan {
  const spans = new Map<string, AddressSpan[]>();
  for (const span of known) {
    const ofGuest = spans.get(span.guestId);
    if (ofGuest) ofGuest.push(span);
    else spans.set(span.guestId, [span]);
  }
  return {
    providerId,
    asked: answers.map(({ guestId, askedAt, issue }) => ({ guestId, askedAt, issue })),
    read: answers.flatMap(({ guestId, askedAt, addresses }) =>
      addresses === null ? [] : [{ guestId, addressesAt: askedAt }],
    ),
    systems: answers.flatMap(({ guestId, askedAt, os }) =>
      os === null ? [] : [{ guestId, osAt: askedAt, osName: os.name, osVersion: os.version }],
    ),
    addresses: answers.flatMap(({ guestId, askedAt, addresses }) =>
      addresses === null ? [] : nextSpans(guestId, spans.get(guestId) ?? [], addresses, askedAt),
    ),
    backups: backups.flatMap(([task, found]) => (found.length > 0 ? found : [nothingOf(task)])),
    backupJobs,
    credential,
  };
}

/** The spans that differ from the stored ones. */
function nextSpans(
  guestId: string,
  known: readonly AddressSpan[],
  told: readonly InnerAddress[],
  at: Date,
): AddressSpan[] {
  const last = new Map<string, AddressSpan>();
  for (const span of known) {
    const other = last.get(keyOf(span));
    if (other === undefined || other.since < span.since) last.set(keyOf(span), span);
  }
  const now = new Map(told.map((address) => [keyOf(address), address]));
  const ended = [...last.values()]
    .filter((span) => span.until === null && !now.has(keyOf(span)))
    // A clock that went back ends no span before it began.
    .map((span) => ({ ...span, until: at > span.since ? at : span.since }));
  const there = [...now.values()].flatMap((address): AddressSpan[] => {
    const span = last.get(keyOf(address));
    if (span === undefined || isOver(span, at)) return [{ ...address, guestId, since: at, until: null }];
    return isSame(span, address) ? [] : [{ ...address, guestId, since: span.since, until: null }];
  });
  return [...ended, ...there];
}

function isOver({ until }: AddressSpan, at: Date): boolean {
  return until !== null && at.getTime() - until.getTime() > GAP_MS;
}

function isSame(span: AddressSpan, address: InnerAddress): boolean {
  return span.until === null && span.mac === address.mac && span.prefix === address.prefix;
}

function keyOf({ interfaceName, address }: InnerAddress): string {
  return `${interfaceName} ${address}`;
}

/** So that its log is not read again. */
function nothingOf({ ref, at }: BackupTask): GuestBackup {
  return { ref, nativeId: '', kind: null, at, isOk: false, bytes: null, volume: null };
}
