import type { NotifyEvent, NotifyKind, NotifyMessage } from '../../types/notify.ts';
import { eventId } from './event-id.ts';

/** How many events a message has at most. */
const FIRST = 10;

const WORDS: Readonly<Record<NotifyKind, string>> = {
  new: 'new',
  'first-seen': 'seen for the first time',
  removed: 'removed',
  changed: 'changed',
  state: 'changed their state',
  'import-gone': 'imported and gone',
  guard: 'held back',
  'sync-failed': 'failed',
  'sync-ok': 'recovered',
  'sync-stale': 'stale',
  history: 'not whole',
  finding: 'findings',
};

/** Collects the events of one revision: each of them, or of many guests the counts and the first ten. */
export class RevisionEvents {
  readonly #batchOver: number;
  /** By guest; dropped once there are too many. */
  readonly #byGuest = new Map<string, NotifyEvent[]>();
  readonly #guests = new Set<string>();
  readonly #first: NotifyEvent[] = [];
  readonly #counts = new Map<NotifyKind, number>();

  constructor(batchOver: number) {
    this.#batchOver = batchOver;
  }

  add(event: NotifyEvent): void {
    const guest = event.guest?.id ?? '';
    this.#guests.add(guest);
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1);
    if (this.#first.length < FIRST) this.#first.push(event);
    if (this.#guests.size > this.#batchOver) this.#byGuest.clear();
    else this.#byGuest.set(guest, [...(this.#byGuest.get(guest) ?? []), event]);
  }

  /** A message for each guest, or one for all. */
  messages({ epoch, rev, runId }: { epoch: string; rev: number; runId: string | null }): NotifyMessage[] {
    const run = { id: runId, rev };
    if (this.#guests.size > this.#batchOver) return [this.#digest(eventId(epoch, 'rev', rev), run)];
    return [...this.#byGuest].map(([guestId, events]) =>
      guestMessage(eventId(epoch, 'rev', rev, guestId), events, run),
    );
  }

  #digest(id: string, run: NotifyMessage['run']): NotifyMessage {
    const counts = Object.fromEntries(this.#counts);
    const parts = [...this.#counts].map(([kind, count]) => `${count} ${WORDS[kind]}`);
    const provider = this.#first[0]?.provider?.name ?? '';
    return {
      id,
      at: this.#first[0]?.at ?? '',
      title: `${provider}: ${this.#guests.size} guests: ${parts.join(', ')}`,
      counts,
      total: [...this.#counts.values()].reduce((sum, count) => sum + count, 0),
      events: this.#first,
      run,
    };
  }
}

function guestMessage(id: string, events: readonly NotifyEvent[], run: NotifyMessage['run']): NotifyMessage {
  const counts: Partial<Record<NotifyKind, number>> = {};
  for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1;
  const { guest, at } = events[0] ?? { guest: null, at: '' };
  const texts = [...new Set(events.map(({ text }) => text))].slice(0, 3);
  const who = guest === null ? '' : `${guest.ref}${guest.name === null ? '' : ` ${guest.name}`}: `;
  return {
    id,
    at,
    title: `${who}${texts.join('; ')}`,
    counts,
    total: events.length,
    events: events.slice(0, FIRST),
    run,
  };
}
