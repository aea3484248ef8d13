import { AppError } from '../../../types/errors.ts';
import { type EventRecord, readEvent } from './event-record.ts';
import { MAX_EVENTS, PAGE_EVENTS } from './limits.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { isInterrupted } from './session-end.ts';
import type { SessionCalls, VsphereClient } from './vsphere-client.ts';
import type { XmlElement } from './xml-element.ts';
import { element, type Xml } from './xml-writer.ts';

export interface EventQuery {
  /** By the server's clock; events of this moment are among them. */
  since: Date;
  /** Types, as `VmReconfiguredEvent`. */
  types?: readonly string[] | undefined;
  /** Most events that are read (250,000). */
  maxEvents?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface EventReading {
  /** In the order of their keys, each once. */
  events: EventRecord[];
  /** Events that could not be read. */
  unreadable: number;
}

/**
 * Reads the events of a time, oldest first. vcsim ignores the filter by time and sends events in no order, so both are done here
 * too. Throws AppError; 'limit' when there are more events than may be read.
 */
export async function readEvents(client: VsphereClient, query: EventQuery): Promise<EventReading> {
  const what = `Reading events on ${client.endpoint}`;
  return client.inSession(what, (session) => readInSession(session, query), query.signal);
}

/** Read again from the start, once, when a page got lost. */
async function readInSession(session: SessionCalls, query: EventQuery): Promise<EventReading> {
  try {
    return await readOnce(session, query);
  } catch (error) {
    if (!(error instanceof AppError) || !error.retryable) throw error;
    return await readOnce(session, query);
  }
}

async function readOnce(session: SessionCalls, query: EventQuery): Promise<EventReading> {
  const collector = await createCollector(session, query);
  try {
    const parameters = [element('maxCount', PAGE_EVENTS)];
    await session.call({ method: 'SetCollectorPageSize', self: collector, parameters });
    return await readAll(session, collector, query);
  } finally {
    await destroyCollector(session, collector);
  }
}

async function readAll(session: SessionCalls, collector: ManagedObject, query: EventQuery): Promise<EventReading> {
  const { since, maxEvents = MAX_EVENTS } = query;
  const byKey = new Map<number, EventRecord>();
  let received = 0;
  let unreadable = 0;
  for (;;) {
    const page = await readPage(session, collector);
    if (page.length === 0) break;
    received += page.length;
    if (received > maxEvents) throw tooMany(session, maxEvents);
    for (const one of page) {
      const event = readEvent(one);
      if (event === null) unreadable += 1;
      else if (event.at >= since) byKey.set(event.key, event);
    }
  }
  const events = [...byKey.values()].sort((one, other) => one.key - other.key);
  return { events, unreadable };
}

/** The call moves the collector's position, so that an answer which was lost cannot be had again. */
async function readPage({ list }: SessionCalls, collector: ManagedObject): Promise<readonly XmlElement[]> {
  const parameters = [element('maxCount', PAGE_EVENTS)];
  return list({ method: 'ReadNextEvents', self: collector, parameters, once: true });
}

async function createCollector({ call, content, endpoint }: SessionCalls, query: EventQuery): Promise<ManagedObject> {
  const self = content.eventManager;
  const filter = element('filter', filterOf(query));
  const collector = referenceOf(await call({ method: 'CreateCollectorForEvents', self, parameters: [filter] }));
  if (collector !== null) return collector;
  throw new AppError('malformed', `CreateCollectorForEvents on ${endpoint}: the answer has no collector`);
}

/** The elements in the order of the schema, which vCenter insists on. */
function filterOf({ since, types = [] }: EventQuery): Xml[] {
  return [
    element('time', [element('beginTime', since.toISOString())]),
    ...types.map((type) => element('eventTypeId', type)),
  ];
}

/** A server keeps a limited number of collectors; one that stays behind ends with its session. */
async function destroyCollector({ call }: SessionCalls, collector: ManagedObject): Promise<void> {
  try {
    await call({ method: 'DestroyCollector', self: collector });
  } catch (error) {
    if (isInterrupted(error)) throw error;
  }
}

function tooMany({ endpoint }: SessionCalls, maxEvents: number): AppError {
  return new AppError('limit', `${endpoint}: there are more than ${maxEvents} events`, {
    hint: 'Ask for a shorter time',
  });
}
