import type { ProxmoxActions } from '../../../api/proxmox-actions.ts';
import type { ProxmoxClient } from '../../../api/proxmox-client.ts';
import type { PvePermissions } from '../../../api/pve-types.ts';
import type { Action, ActionSubject, GuestPlan, PlannedCall, SentCall } from '../../../types/action.ts';
import type { NewGuestWish } from '../../../types/new-guest.ts';
import type { Acting, LookedUp, PlanOptions, TaskEnd } from '../../acting.ts';
import { type ApiRelease, type Endpoints, readEndpoints } from '../endpoints/read-endpoints.ts';
import { type ClusterFacts, FactsCache, readClusterFacts } from './cluster-facts.ts';
import { findPlace, freeVmids } from './find-place.ts';
import { followTask, PATIENCE_MS } from './follow.ts';
import { lookUpCall } from './look-up.ts';
import { toClone, toCreate } from './make-guest.ts';
import { readScene } from './scene.ts';
import { waitUntilSettled } from './settle.ts';
import { planVerb } from './verbs.ts';

/** What plans that are made one after the other share. */
const FACTS_MS = 2_000;

/** Writes to a Proxmox VE cluster. */
export class ProxmoxActing implements Acting {
  readonly #reading: ProxmoxClient;
  readonly #writing: ProxmoxActions;
  readonly #ended = new AbortController();
  readonly #facts: FactsCache<ClusterFacts>;
  readonly #permissions: FactsCache<PvePermissions>;
  readonly #endpoints = new Map<ApiRelease, Endpoints>();

  constructor(reading: ProxmoxClient, writing: ProxmoxActions) {
    this.#reading = reading;
    this.#writing = writing;
    const { signal } = this.#ended;
    this.#facts = new FactsCache(() => readClusterFacts(reading, signal), FACTS_MS);
    this.#permissions = new FactsCache(() => writing.reads.getPermissions({ signal }), FACTS_MS);
  }

  get account(): string {
    return this.#writing.credentialName;
  }

  async plan(action: Action, subject: ActionSubject, { allow, signal }: PlanOptions): Promise<GuestPlan> {
    this.#reading.beginRun();
    const reader = {
      client: this.#reading,
      acting: this.#writing.reads,
      facts: () => this.#facts.get(),
      permissions: () => this.#permissions.get(),
      endpoints: (release: ApiRelease) => this.#endpointsOf(release),
      signal,
    };
    const scene = await readScene(reader, subject);
    return planVerb(reader, action, { scene, known: subject, allow });
  }

  freeVmids(count: number, { signal }: { signal: AbortSignal }): Promise<number[]> {
    return freeVmids(this.#reading, count, signal);
  }

  async toMake(wish: NewGuestWish, { signal }: { signal: AbortSignal }): Promise<Action> {
    if (wish.source.from === 'guest') return toClone(wish, wish.source);
    return toCreate(wish, await findPlace(this.#reading, wish, { facts: await this.#facts.get(), signal }));
  }

  send({ verb, path, parameters, node }: PlannedCall, { signal }: { signal: AbortSignal }): Promise<string | null> {
    return this.#writing.send({ verb, path, parameters, node }, { signal });
  }

  lookUp(
    call: PlannedCall,
    sent: SentCall,
    { known, signal }: { known: ReadonlySet<string>; signal: AbortSignal },
  ): Promise<LookedUp> {
    return lookUpCall({ client: this.#writing.reads, account: this.account, known, signal }, call, sent);
  }

  follow(ref: string, options: { signal: AbortSignal; onLine: (line: string) => void }): Promise<TaskEnd> {
    return followTask(this.#writing.reads, ref, options);
  }

  settled(call: PlannedCall, { signal }: { signal: AbortSignal }): Promise<boolean> {
    return waitUntilSettled(this.#reading, call, { signal, mostMs: PATIENCE_MS });
  }

  #endpointsOf(release: ApiRelease): Endpoints {
    const endpoints = this.#endpoints.get(release) ?? readEndpoints(release);
    this.#endpoints.set(release, endpoints);
    return endpoints;
  }

  requestCount(): number {
    return this.#reading.requestCount + this.#writing.requestCount;
  }

  close(): void {
    this.#ended.abort();
    this.#reading.close();
    this.#writing.close();
  }
}
