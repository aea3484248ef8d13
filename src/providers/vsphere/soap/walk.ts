import { AppError } from '../../../types/errors.ts';
import { NAMED_OBJECTS, PAGE_OBJECTS } from './limits.ts';
import { keyOf, type ManagedObject, referenceOf } from './managed-object.ts';
import { type ObjectContent, readObjectContent, readPage, readToken } from './object-content.ts';
import { containerView, type PropertyPaths, retrieveOptions, specOfObjects, specOfView } from './property-request.ts';
import { endsSession, expectSession, isInterrupted, sessionEnded } from './session-end.ts';
import { AnswerTooLarge } from './soap-wire.ts';
import type { SessionCalls, VsphereClient } from './vsphere-client.ts';
import { childrenOf, type XmlElement } from './xml-element.ts';
import { element, type Xml } from './xml-writer.ts';

export interface WalkOptions<T> {
  properties: PropertyPaths;
  /** Called once for each object, as its page is read, so that no page is kept. null: not meant for this list. */
  decode: (content: ObjectContent) => T | null;
  signal?: AbortSignal | undefined;
}

export interface Walk<T> {
  rows: T[];
  /** Objects that the server lists, after the last page. */
  present: number;
  /** Objects that it lists but gave no properties of: there, but unobserved. */
  unread: readonly ManagedObject[];
}

/**
 * Reads properties of everything of some types, in pages. Objects of later pages that the server refuses or that get
 * lost are read by name, and the result is compared with the list of the view, so nothing is left out silently. Throws AppError.
 */
export async function walk<T>(client: VsphereClient, options: WalkOptions<T>): Promise<Walk<T>> {
  const types = Object.keys(options.properties);
  const what = `Reading ${types.join(', ')} on ${client.endpoint}`;
  return client.inSession(what, (session) => walkInSession(session, options), options.signal);
}

async function walkInSession<T>(session: SessionCalls, options: WalkOptions<T>): Promise<Walk<T>> {
  const { properties, decode } = options;
  const view = await createView(session, Object.keys(properties));
  const rows = new RowCollector(decode, session);
  await readPages(session, rows, specOfView('specSet', properties, view));
  const listed = await readView(session, view);
  rows.check(listed.length);
  await readByName(session, rows, { properties, objects: listed.filter((object) => !rows.has(object)) });
  await destroyView(session, view);
  const unread = listed.filter((object) => !rows.has(object));
  return { rows: rows.rows, present: listed.length, unread };
}

/** A view of everything of some types. Throws AppError('malformed') for an answer without a view. */
export async function createView(
  { call, content, endpoint }: SessionCalls,
  types: readonly string[],
): Promise<ManagedObject> {
  const parameters = containerView(content.rootFolder, types);
  const view = referenceOf(await call({ method: 'CreateContainerView', self: content.viewManager, parameters }));
  if (view !== null) return view;
  throw new AppError('malformed', `CreateContainerView on ${endpoint}: the answer has no view`);
}

/** A view that stays behind ends with its session. */
export async function destroyView({ call }: SessionCalls, view: ManagedObject): Promise<void> {
  try {
    await call({ method: 'DestroyView', self: view });
  } catch (error) {
    if (isInterrupted(error)) throw error;
  }
}

async function readPages<T>({ call, content }: SessionCalls, rows: RowCollector<T>, spec: Xml): Promise<void> {
  const self = content.propertyCollector;
  const { take } = rows;
  const parameters = [spec, retrieveOptions(PAGE_OBJECTS)];
  let token: string | null;
  try {
    token = readToken(await call({ method: 'RetrievePropertiesEx', self, parameters, take }));
  } catch (error) {
    // A server that does not divide its answers sends one that is too large to be read: then each object is read by name.
    if (error instanceof AnswerTooLarge) return;
    throw error;
  }
  // A page that adds nothing ends the walk too: a server could hand out tokens without end.
  for (let before = 0; token !== null && rows.count > before; ) {
    before = rows.count;
    try {
      // A token is good for one answer; what is lost with it is read by name.
      const next = { method: 'ContinueRetrievePropertiesEx', self, parameters: [element('token', token)], once: true };
      token = readToken(await call({ ...next, isConnectionKept: true, take }));
    } catch (error) {
      if (isInterrupted(error) || endsSession(error)) throw error;
      return;
    }
  }
}

/** The objects that a view lists now. */
async function readView({ call, content, endpoint }: SessionCalls, view: ManagedObject): Promise<ManagedObject[]> {
  const parameters = [specOfObjects({ [view.type]: ['view'] }, [view]), retrieveOptions(null)];
  const self = content.propertyCollector;
  const page = readPage(await call({ method: 'RetrievePropertiesEx', self, parameters }));
  const [only] = page.objects;
  if (only === undefined) throw sessionEnded(endpoint);
  expectSession(only, endpoint);
  return childrenOf(only.values.get('view'), 'ManagedObjectReference').flatMap((found) => referenceOf(found) ?? []);
}

async function readByName<T>(
  { call, content }: SessionCalls,
  rows: RowCollector<T>,
  { properties, objects }: { properties: PropertyPaths; objects: readonly ManagedObject[] },
): Promise<void> {
  for (let start = 0; start < objects.length; start += NAMED_OBJECTS) {
    const spec = specOfObjects(properties, objects.slice(start, start + NAMED_OBJECTS));
    const parameters = [spec, retrieveOptions(null)];
    await call({ method: 'RetrievePropertiesEx', self: content.propertyCollector, parameters, take: rows.take });
  }
}

class RowCollector<T> {
  readonly rows: T[] = [];
  readonly #seen = new Set<string>();
  readonly #decode: (content: ObjectContent) => T | null;
  readonly #session: SessionCalls;

  constructor(decode: (content: ObjectContent) => T | null, session: SessionCalls) {
    this.#decode = decode;
    this.#session = session;
  }

  has(object: ManagedObject): boolean {
    return this.#seen.has(keyOf(object));
  }

  /** Objects so far. */
  get count(): number {
    return this.#seen.size;
  }

  /** An element `objects`. Throws SoapFault when the session ended, AppError('limit'), and what `decode` throws. */
  readonly take = (objects: XmlElement): void => {
    const content = readObjectContent(objects);
    if (content === null) return;
    expectSession(content, this.#session.endpoint);
    const key = keyOf(content.object);
    if (this.#seen.has(key)) return;
    this.check(this.#seen.add(key).size);
    const row = this.#decode(content);
    if (row !== null) this.rows.push(row);
  };

  /** Throws AppError('limit'). */
  check(count: number): void {
    const { endpoint, maxObjects } = this.#session;
    if (count <= maxObjects) return;
    throw new AppError('limit', `${endpoint}: it has more than ${maxObjects} objects`, {
      hint: 'Give Rollcall a user who sees a part of the inventory only',
    });
  }
}
