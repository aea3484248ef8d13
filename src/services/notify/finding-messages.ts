import type { Finding } from '../../types/finding.ts';
import type { NotifyEvent, NotifyMessage } from '../../types/notify.ts';
import { eventId } from './event-id.ts';
import { plainEvent, singleMessage } from './plain-message.ts';
import { cut, plural } from './text.ts';

const MOST_CHARACTERS = 500;
const FIRST = 10;

/** A message for each new finding, or one for many. The same findings make the same messages. Pure. */
export function findingMessages(
  findings: readonly Finding[],
  { batchOver, epoch }: { batchOver: number; epoch: string },
): NotifyMessage[] {
  const events = findings.map((finding) => toEvent(finding, epoch));
  if (events.length <= batchOver) return events.map((event) => singleMessage(event, null));
  return [
    {
      id: eventId(epoch, 'findings', ...events.map(({ id }) => id).toSorted()),
      at: events[0]?.at ?? '',
      title: `${plural(events.length, 'new finding')} of the cross-check`,
      counts: { finding: events.length },
      total: events.length,
      events: events.slice(0, FIRST),
      run: null,
    },
  ];
}

function toEvent({ id, kind, panelName, subject, evidence, firstSeenAt }: Finding, epoch: string): NotifyEvent {
  const where = panelName === '' ? '' : ` (${panelName})`;
  const text = cut(`${kind}${where}: ${subject}: ${evidence.text}`, MOST_CHARACTERS);
  return plainEvent({ id: eventId(epoch, 'finding', id), kind: 'finding', at: firstSeenAt, provider: null, text });
}
