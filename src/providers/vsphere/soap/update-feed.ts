import { AppError } from '../../../types/errors.ts';
import { PAGE_OBJECTS } from './limits.ts';
import { type ManagedObject, referenceOf } from './managed-object.ts';
import { type PropertyPaths, specOfView } from './property-request.ts';
import { isInterrupted } from './session-end.ts';
import { SoapFault } from './soap-fault.ts';
import { type ObjectUpdate, readUpdateSet, type UpdateSet } from './update-set.ts';
import type { SessionCalls, VsphereClient } from './vsphere-client.ts';
import { createView, destroyView } from './walk.ts';
import { element } from './xml-writer.ts';

export interface UpdateBatch {
  /** The feed begins, at first or after the server lost its state: every object there is comes as `enter`, and no `leave` was told. */
  isStart: boolean;
  /** Empty: nothing changed in the time. */
  updates: readonly ObjectUpdate[];
}

interface FeedState {
  /** Of the session that it lives in. */
  session: number;
  view: ManagedObject;
  collector: ManagedObject;
  version: string;
}

/** A call may take so much longer than the server was asked to wait. */
const GRACE_MS = 15_000;

/** Changes of everything of some types, as the server tells them: it keeps what was told, by a property collector of the feed's own. */
export class UpdateFeed {
  readonly #client: VsphereClient;
  readonly #properties: PropertyPaths;
  #state: FeedState | null = null;
  #dropped: FeedState | null = null;

  constructor(client: VsphereClient, properties: PropertyPaths) {
    this.#client = client;
    this.#properties = properties;
  }

  /**
   * The changes since the call before; the first call gives everything there is, at once. Later ones wait for a change at most so long.
   * Batches that the server cut are put together. After a call that failed or was aborted the feed starts anew, since the server may
   * have told something that never arrived. Throws AppError.
   */
  async next({ maxWaitSeconds, signal }: { maxWaitSeconds: number; signal?: AbortSignal }): Promise<UpdateBatch> {
    const what = `WaitForUpdatesEx on ${this.#client.endpoint}`;
    return this.#client.inSession(what, (session) => this.#nextInSession(session, maxWaitSeconds), signal);
  }

  /** Frees what the server keeps for the feed, and ends a wait that was aborted there too. Never throws. */
  async close(): Promise<void> {
    this.#drop();
    try {
      await this.#client.inSession('DestroyPropertyCollector', (session) => this.#destroyDropped(session));
    } catch {
      // It ends with its session.
    }
  }

  async #nextInSession(session: SessionCalls, maxWaitSeconds: number): Promise<UpdateBatch> {
    try {
      return await this.#wait(session, maxWaitSeconds);
    } catch (error) {
      this.#drop();
      if (!(error instanceof SoapFault) || error.fault !== 'InvalidCollectorVersion') throw error;
      return await this.#wait(session, maxWaitSeconds);
    }
  }

  async #wait(session: SessionCalls, maxWaitSeconds: number): Promise<UpdateBatch> {
    if (this.#state !== null && this.#state.session !== session.number) this.#state = null;
    this.#state ??= await this.#open(session);
    const state = this.#state;
    const isStart = state.version === '';
    const updates: ObjectUpdate[] = [];
    let seconds = isStart ? 0 : maxWaitSeconds;
    let set: UpdateSet | null;
    do {
      set = await this.#ask(session, state, seconds);
      if (set === null) break;
      state.version = set.version;
      for (const update of set.updates) updates.push(update);
      if (updates.length > session.maxObjects) throw tooMany(session);
      seconds = 0;
    } while (set.isTruncated && set.updates.length > 0);
    return { isStart, updates };
  }

  async #ask({ call }: SessionCalls, { collector, version }: FeedState, seconds: number): Promise<UpdateSet | null> {
    const options = [element('maxWaitSeconds', seconds), element('maxObjectUpdates', PAGE_OBJECTS)];
    const parameters = [element('version', version), element('options', options)];
    const timeoutMs = seconds * 1000 + GRACE_MS;
    return readUpdateSet(
      await call({ method: 'WaitForUpdatesEx', self: collector, parameters, timeoutMs, once: true }),
    );
  }

  async #open(session: SessionCalls): Promise<FeedState> {
    await this.#destroyDropped(session);
    const { call, content, endpoint, number } = session;
    const view = await createView(session, Object.keys(this.#properties));
    const collector = referenceOf(await call({ method: 'CreatePropertyCollector', self: content.propertyCollector }));
    if (collector === null) {
      throw new AppError('malformed', `CreatePropertyCollector on ${endpoint}: the answer has no collector`);
    }
    const parameters = [specOfView('spec', this.#properties, view), element('partialUpdates', false)];
    await call({ method: 'CreateFilter', self: collector, parameters });
    return { session: number, view, collector, version: '' };
  }

  #drop(): void {
    this.#dropped = this.#state ?? this.#dropped;
    this.#state = null;
  }

  async #destroyDropped(session: SessionCalls): Promise<void> {
    const dropped = this.#dropped;
    this.#dropped = null;
    if (dropped === null || dropped.session !== session.number) return;
    await callQuietly(session, 'DestroyPropertyCollector', dropped.collector);
    await destroyView(session, dropped.view);
  }
}

async function callQuietly({ call }: SessionCalls, method: string, self: ManagedObject): Promise<void> {
  try {
    await call({ method, self });
  } catch (error) {
    if (isInterrupted(error)) throw error;
  }
}

function tooMany({ endpoint, maxObjects }: SessionCalls): AppError {
  return new AppError('limit', `${endpoint}: more than ${maxObjects} updates came at once`, {
    hint: 'Give Rollcall a user who sees a part of the inventory only',
  });
}
