import type { NotifyEvent, NotifyMessage } from '../../types/notify.ts';

/** An event of no guest. */
export function plainEvent({
  id,
  kind,
  at,
  provider,
  text,
}: Pick<NotifyEvent, 'id' | 'kind' | 'provider' | 'text'> & { at: Date }): NotifyEvent {
  return { id, kind, at: at.toISOString(), provider, guest: null, actor: null, text, changes: [] };
}

/** A message of one event, which has its id. */
export function singleMessage(event: NotifyEvent, run: NotifyMessage['run']): NotifyMessage {
  const where = event.provider === null ? '' : `${event.provider.name}: `;
  return {
    id: event.id,
    at: event.at,
    title: `${where}${event.text}`,
    counts: { [event.kind]: 1 },
    total: 1,
    events: [event],
    run,
  };
}
