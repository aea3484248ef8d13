import type { Outbox, PlannedMessage, Position } from '../../repositories/notify/outbox.ts';
import { AppError } from '../../types/errors.ts';
import type { Finding } from '../../types/finding.ts';
import {
  MOST_ATTEMPT_MS,
  type NotifierSettings,
  type NotifyFilter,
  type NotifyKind,
  type NotifyMessage,
  type SendOutcome,
  type StoredNotifier,
} from '../../types/notify.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';
import { type Delivered, deliverPending } from './deliver.ts';
import { findingMessages } from './finding-messages.ts';
import { parseMessage } from './parse-message.ts';
import { quietUntil } from './quiet-hours.ts';
import { type MessageSources, readMessages } from './read-messages.ts';
import { historyMessage, testMessage } from './run-events.ts';

/** How far the end of the last run may move before that is stored without anything to tell. */
const RUNS_GRANULARITY_MS = 5 * 60_000;

/** How many are read at once, during which nobody writes. */
const BATCHES = 20;

/** Something else has written the row. */
const DAMAGED = { isDelivered: false, error: 'the database holds a damaged message', isRefused: true } as const;

/** A notifier whose seal was checked. */
export interface OpenedNotifier {
  settings: NotifierSettings;
  /** A secret that cannot be read is an outcome: none is read before the first message. */
  send: (message: NotifyMessage, timeoutMs: number) => Promise<SendOutcome>;
}

export interface NotifyDependencies {
  outbox: Outbox;
  sources: MessageSources;
  clock: () => Date;
  /** 0 to 1. */
  random: () => number;
  isDead: (holder: string) => boolean;
  /** Throws AppError for settings that are not confirmed. */
  open: (notifier: StoredNotifier) => Promise<OpenedNotifier>;
}

export interface NotifyOptions {
  /** How long all of it may take. */
  budgetMs: number;
  signal: AbortSignal;
  /** Also what waits for its next attempt. */
  isNow?: boolean;
}

/** What was done for one notifier. */
export interface NotifyReport {
  notifier: string;
  planned: number;
  delivered: number;
  failed: number;
  error: string | null;
  hint?: string;
  /** When there is something to do again; null: after the next run. */
  nextAt: Date | null;
}

/** Turns what the database has recorded into messages, and delivers them. */
export class NotifyService {
  readonly #deps: NotifyDependencies;

  constructor(deps: NotifyDependencies) {
    this.#deps = deps;
  }

  /** Of those that are not paused. Throws AppError('database') only: the failure of one notifier is part of its report. */
  async run(notifiers: readonly StoredNotifier[], options: NotifyOptions): Promise<NotifyReport[]> {
    const active = notifiers.filter(({ pausedAt }) => pausedAt === null);
    const deadlineMs = performance.now() + options.budgetMs;
    return Promise.all(active.map((notifier) => this.#serve(notifier, { ...options, deadlineMs })));
  }

  /** Sends a message that tells of nothing, whatever waits. Throws AppError for settings that are not confirmed. */
  async test(notifier: StoredNotifier): Promise<SendOutcome> {
    const { send } = await this.#deps.open(notifier);
    return send(testMessage(notifier.name, this.#deps.clock(), this.#deps.sources.epoch), MOST_ATTEMPT_MS);
  }

  /** Tells all who want to know that the history is not whole; they are told at their next run. */
  async tellHistory(
    notifiers: readonly StoredNotifier[],
    problems: readonly { where: string; message: string }[],
  ): Promise<void> {
    const message = historyMessage(problems, this.#deps.clock(), this.#deps.sources.epoch);
    await this.#tell(notifiers, 'history', async () => [message]);
  }

  /** Tells all who want to know of findings of the cross-check; they are told at their next run. */
  async tellFindings(notifiers: readonly StoredNotifier[], findings: readonly Finding[]): Promise<void> {
    const { epoch } = this.#deps.sources;
    await this.#tell(notifiers, 'finding', async ({ filter, batchOver }) => {
      const isWanted = await this.#guestFilter(filter);
      const wanted = findings.filter(({ guestId }) => isWanted(guestId));
      return findingMessages(wanted, { batchOver, epoch });
    });
  }

  async #tell(
    notifiers: readonly StoredNotifier[],
    kind: NotifyKind,
    messagesFor: (settings: NotifierSettings) => Promise<readonly NotifyMessage[]>,
  ): Promise<void> {
    const { clock, outbox, open } = this.#deps;
    for (const notifier of notifiers) {
      const opened = await open(notifier).catch(onlyAppError);
      if (opened instanceof AppError) continue;
      const { settings } = opened;
      if (settings.filter.kinds.length > 0 && !settings.filter.kinds.includes(kind)) continue;
      for (const message of await messagesFor(settings)) {
        await outbox.add(notifier.id, toPlanned(message, settings, clock()));
      }
    }
  }

  /** Of a notifier that wants some guests only, whether a finding is about one of them. */
  async #guestFilter({ providers, selectors }: NotifyFilter): Promise<(guestId: string | null) => boolean> {
    if (providers.length + selectors.length === 0) return () => true;
    const guests = await this.#deps.sources.guests.listGuests({
      ...(providers.length > 0 && { provider: providers }),
      ...(selectors.length > 0 && { selector: parseSelectors(selectors, this.#deps.clock()) }),
    });
    const ids = new Set(guests.map(({ id }) => id));
    return (guestId) => guestId !== null && ids.has(guestId);
  }

  async #serve(notifier: StoredNotifier, options: NotifyOptions & { deadlineMs: number }): Promise<NotifyReport> {
    const { outbox, isDead, open } = this.#deps;
    const report: NotifyReport = {
      notifier: notifier.name,
      planned: 0,
      delivered: 0,
      failed: 0,
      error: null,
      nextAt: null,
    };
    const { id, leaseHolder } = notifier;
    const dead = leaseHolder !== null && isDead(leaseHolder) ? leaseHolder : null;
    if (!(await outbox.take(id, dead))) return report;
    try {
      const opened = await open(notifier).catch(onlyAppError);
      if (opened instanceof AppError) {
        return { ...report, error: opened.message, ...(opened.hint !== undefined && { hint: opened.hint }) };
      }
      report.planned = await this.#plan(notifier, opened.settings);
      return { ...report, ...(await this.#deliver(notifier, opened, options)) };
    } finally {
      await outbox.release(id);
    }
  }

  async #plan(notifier: StoredNotifier, settings: NotifierSettings): Promise<number> {
    const { outbox, sources, clock } = this.#deps;
    const { id, rev, runsAt, createdAt } = notifier;
    let planned = 0;
    let at: Position = { rev, runsAt };
    const now = clock();
    const batches = readMessages(sources, { settings, from: at, createdAt, now });
    for (;;) {
      const some = await outbox.reading(() => take(batches, BATCHES));
      for (const { messages, position } of some) {
        if (!isWorthWriting(messages, at, position)) continue;
        const rows = messages.map((message) => toPlanned(message, settings, now));
        const added = await outbox.plan(id, rows, position);
        if (added === null) return planned;
        planned += added;
        at = position;
      }
      if (some.length < BATCHES) break;
    }
    return planned;
  }

  async #deliver(
    notifier: StoredNotifier,
    { send, settings }: OpenedNotifier,
    { deadlineMs, signal, isNow }: NotifyOptions & { deadlineMs: number },
  ): Promise<Pick<NotifyReport, 'delivered' | 'failed' | 'error' | 'nextAt'>> {
    const { outbox, clock, random } = this.#deps;
    const { id, failures, retryAt } = notifier;
    const isWaiting = isNow !== true && retryAt !== null && retryAt > clock();
    const done: Delivered = isWaiting
      ? { delivered: 0, failed: 0, error: notifier.error, retryAt }
      : await deliverPending({
          notifierId: id,
          outbox,
          send: async ({ body }, timeoutMs) => {
            const message = parseMessage(body);
            return message === null ? DAMAGED : send(message, timeoutMs);
          },
          quietUntil: () => quietUntil(settings.quiet, clock()),
          failures,
          deadlineMs,
          signal,
          clock,
          random,
        });
    const { delivered, failed, error } = done;
    return { delivered, failed, error, nextAt: done.retryAt ?? (await outbox.nextAt(id)) };
  }
}

/** The next ones, at most so many. */
async function take<T>(from: AsyncGenerator<T>, most: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < most) {
    const { done, value } = await from.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

function isWorthWriting(messages: readonly NotifyMessage[], from: Position, to: Position): boolean {
  if (messages.length > 0 || to.rev !== from.rev) return true;
  return Math.abs(to.runsAt.getTime() - from.runsAt.getTime()) >= RUNS_GRANULARITY_MS;
}

function toPlanned(message: NotifyMessage, { quiet }: NotifierSettings, now: Date): PlannedMessage {
  const until = quietUntil(quiet, now);
  if (until !== null && quiet?.isDropped) return { message, state: 'dropped', notBefore: null };
  return { message, state: 'pending', notBefore: until };
}

function onlyAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}
