import type { RunStep } from '../../repositories/notify/run-steps.ts';
import type { HeldGuest } from '../../types/inventory.ts';
import type { NotifyMessage } from '../../types/notify.ts';
import { eventId } from './event-id.ts';
import { plainEvent, singleMessage } from './plain-message.ts';
import { cut, plural } from './text.ts';

const MOST_CHARACTERS = 500;
const FIRST = 10;

type RunKind = 'guard' | 'sync-failed' | 'sync-ok';

/** What a run tells beside its changes: that the guard tripped, that the sync fails, or works again. */
export function runKinds({ outcome, previous }: Pick<RunStep, 'outcome' | 'previous'>): RunKind[] {
  if (outcome === previous) return [];
  if (outcome === 'failed') return ['sync-failed'];
  const ended: RunKind[] = previous === 'failed' ? ['sync-ok'] : [];
  return outcome === 'guarded' ? [...ended, 'guard'] : ended;
}

export function runMessage(kind: RunKind, run: RunStep, held: readonly HeldGuest[], epoch: string): NotifyMessage {
  const id = eventId(epoch, kind, run.id);
  const text = runText(kind, run, held);
  const { providerId, providerName, finishedAt } = run;
  return singleMessage(
    plainEvent({ id, kind, at: finishedAt, provider: { id: providerId, name: providerName }, text }),
    {
      id: run.id,
      rev: null,
    },
  );
}

function runText(kind: RunKind, { error }: RunStep, held: readonly HeldGuest[]): string {
  if (kind === 'sync-failed') return cut(`the sync fails: ${error ?? 'unknown reason'}`, MOST_CHARACTERS);
  if (kind === 'sync-ok') return 'the sync works again';
  const reason = held[0] === undefined ? '' : `: ${held[0].reason}`;
  const names = held.slice(0, FIRST).map(({ vmid, nativeId, name }) => name ?? String(vmid ?? nativeId));
  const more = held.length > names.length ? ', …' : '';
  const list = names.length === 0 ? '' : ` (${names.join(', ')}${more})`;
  const count = held.length === 0 ? 'removals' : plural(held.length, 'removal');
  return cut(`the guard holds back ${count}${reason}${list}`, MOST_CHARACTERS);
}

/** A provider that was not read completely for too long. */
export function staleMessage(
  provider: { id: string; name: string; lastCompleteAt: Date },
  now: Date,
  epoch: string,
): NotifyMessage {
  const { id: providerId, name, lastCompleteAt } = provider;
  const id = eventId(epoch, 'sync-stale', providerId, lastCompleteAt.toISOString());
  const text = `not read completely since ${lastCompleteAt.toISOString()}`;
  return singleMessage(plainEvent({ id, kind: 'sync-stale', at: now, provider: { id: providerId, name }, text }), null);
}

/** The history is not whole. The same problems are told of once. */
export function historyMessage(
  problems: readonly { where: string; message: string }[],
  at: Date,
  epoch: string,
): NotifyMessage {
  const id = eventId(epoch, 'history', ...problems.flatMap(({ where, message }) => [where, message]));
  const first = problems[0] === undefined ? '' : `: ${problems[0].where}: ${problems[0].message}`;
  const text = cut(`the recorded history is not whole, ${plural(problems.length, 'problem')}${first}`, MOST_CHARACTERS);
  return singleMessage(plainEvent({ id, kind: 'history', at, provider: null, text }), null);
}

/** To see whether messages arrive. Each has an id of its own. */
export function testMessage(notifier: string, at: Date, epoch: string): NotifyMessage {
  const title = `this is a test of the notifier ${notifier}`;
  const id = eventId(epoch, 'test', notifier, at.toISOString());
  return { id, at: at.toISOString(), title, counts: {}, total: 0, events: [], run: null };
}
