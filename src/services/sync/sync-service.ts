import type { FeedCursor, Progress, Provider } from '../../providers/provider.ts';
import type { ProviderRules } from '../../providers/rules.ts';
import type { EnsuredProvider } from '../../repositories/providers/ensure-provider.ts';
import type { Lease } from '../../repositories/providers/provider-lease.ts';
import type { SyncRepository } from '../../repositories/sync/sync-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { ClusterIdentity, Observation } from '../../types/observation.ts';
import type { KnownState, RunTrigger, SyncPlan } from '../../types/plan.ts';
import { ALL_SCOPES, type ResourceScope } from '../../types/presence.ts';
import type { ProviderConfig } from '../../types/provider.ts';
import type { SyncResult } from '../../types/sync-result.ts';
import { addDetails } from './add-details.ts';
import { askInner, type InnerDeps } from './ask-inner.ts';
import { toFailedResult } from './failed-result.ts';
import { toFailedPlan, toResultError } from './failed-run.ts';
import { keepKnown } from './keep-known.ts';
import { knownConfigurations } from './known-configurations.ts';
import { knownRecords } from './known-records.ts';
import { type LeaseRepository, withLease } from './lease.ts';
import { type PollResult, syncChanged } from './partial-run.ts';
import { absentCandidates } from './plan-guests.ts';
import { planOnce } from './plan-once.ts';
import { withAddresses } from './plan-result.ts';
import { absentStorages } from './plan-storages.ts';
import { stopIfAborted, whyEnded } from './stop.ts';
import { type GuestsResult, type GuestToSync, type SyncGuestsOptions, syncGuests } from './sync-guests.ts';

export interface SyncOptions {
  trigger?: RunTrigger;
  /** Records removals that the guard would hold back. */
  acceptRemovals?: boolean;
  signal?: AbortSignal;
  onProgress?: Progress;
}

export interface SyncServiceDeps {
  provider: Pick<
    Provider,
    | 'discover'
    | 'probeAbsent'
    | 'probeStorages'
    | 'poll'
    | 'pollGuests'
    | 'discoverChanged'
    | 'readLog'
    | 'readDetails'
    | 'readInner'
  >;
  repository: LeaseRepository &
    Pick<
      SyncRepository,
      | 'ensureProvider'
      | 'discardUnproven'
      | 'loadKnown'
      | 'knownTasks'
      | 'recordedEvidence'
      | 'operationCalls'
      | 'unexplained'
      | 'apply'
    >;
  /** Absent: the systems inside guests are not asked. */
  inner?: Pick<InnerDeps, 'repository' | 'budgetMs'>;
  /** Of the provider's kind. */
  rules: ProviderRules;
  config: ProviderConfig;
  maskKey: MaskKey | null;
  clock: () => Date;
  newId: () => string;
  /** The holder of the lease: `PID@host`, and after a `#` the part that identifies this one process. */
  holder: string;
  /** Whether another holder is known to be gone, so that its lease can be taken over at once. */
  isDead: (holder: string) => boolean;
  /** Requests that the provider has made so far; absent: nobody counts them. */
  requestCount?: () => number;
  /** Absent: by the clock of this machine. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Called after every run that was not interrupted, including failed runs. */
  afterRun?: (providerId: string) => Promise<void>;
}

interface Run {
  id: string;
  providerId: string;
  identity: ClusterIdentity | null;
  trigger: RunTrigger;
  requested: readonly ResourceScope[];
  startedAt: Date;
}

/** Includes the lease that its commit must name. */
interface LeasedRun extends Run {
  lease: Lease;
}

/**
 * Reads one provider and records the differences. Failures, timeouts included, are in the result, so that other providers
 * can go on; only an interruption throws: AppError('interrupted').
 */
export class SyncService {
  readonly #deps: SyncServiceDeps;

  constructor(deps: SyncServiceDeps) {
    this.#deps = deps;
  }

  async syncAll(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(ALL_SCOPES, options);
  }

  /** Several scopes in one run. */
  async syncScopes(scopes: readonly ResourceScope[], options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(scopes, options);
  }

  async syncNodes(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(['nodes'], options);
  }

  async syncVMs(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(['vms'], options);
  }

  async syncContainers(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(['containers'], options);
  }

  async syncStorage(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(['storage'], options);
  }

  async syncTasks(options: SyncOptions = {}): Promise<SyncResult> {
    return this.#syncAndTell(['tasks'], options);
  }

  /**
   * Polls the feeds, in two calls, and records the guests that changed. A null `result` means that nothing changed and nothing
   * was written; `fullRun` says why a full run is needed. Poll once before the first full run and continue with that cursor
   * after it. After a failure the cursor stays, so that the next poll finds the same changes.
   */
  async syncChanged(cursor: FeedCursor | null, options: SyncOptions = {}): Promise<PollResult> {
    return syncChanged(this.#deps, cursor, options);
  }

  /**
   * Reads some guests of this moment and records what differs, in calls whose number does not depend on the size of the cluster. It
   * waits for a run that has the lease. For what was just done to guests, also to ones that are new or gone.
   */
  async syncGuests(guests: readonly GuestToSync[], options: SyncGuestsOptions = {}): Promise<GuestsResult> {
    return syncGuests(this.#deps, guests, options);
  }

  async #syncAndTell(requested: readonly ResourceScope[], options: SyncOptions): Promise<SyncResult> {
    const result = await this.#sync(requested, options);
    try {
      if (result.providerId !== '') await this.#deps.afterRun?.(result.providerId);
      return result;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { code, message } = error;
      return { ...result, warnings: [...result.warnings, { code, message }] };
    }
  }

  async #sync(requested: readonly ResourceScope[], options: SyncOptions): Promise<SyncResult> {
    const { repository, config, clock, newId, holder, isDead } = this.#deps;
    let provider: EnsuredProvider = { id: '', name: config.name, identity: null, isUnproven: false };
    try {
      stopIfAborted(options.signal);
      provider = await repository.ensureProvider(config, clock());
      const trigger = options.trigger ?? 'manual';
      const { id: providerId, identity } = provider;
      const run: Run = { id: newId(), providerId, identity, trigger, requested, startedAt: clock() };
      const lease = { repository, providerId, holder, isDead, clock, signal: options.signal };
      const work = async (signal: AbortSignal, held: Lease) =>
        this.#run({ ...run, lease: held }, { ...options, signal });
      return withRenaming(await withLease(lease, work), provider);
    } catch (thrown) {
      const error = whyEnded(thrown, options.signal);
      const isGone = provider.isUnproven && (await this.#discard(provider.id));
      if (!(error instanceof AppError) || error.code === 'interrupted') throw error;
      const failed = toFailedResult(isGone ? { ...provider, id: '' } : provider, toResultError(error), clock());
      return withRenaming(failed, provider);
    }
  }

  /** Errors of the clean-up are ignored: the error that made the run fail counts. */
  async #discard(providerId: string): Promise<boolean> {
    const { repository, clock } = this.#deps;
    return repository.discardUnproven(providerId, clock()).catch(() => false);
  }

  async #run(run: LeasedRun, options: SyncOptions & { signal: AbortSignal }): Promise<SyncResult> {
    const { repository, clock, newId } = this.#deps;
    const loadKnown = once(() => repository.loadKnown(run.providerId));
    const counted = this.#counting();
    try {
      const read = await this.#discover(run, loadKnown, options);
      const known = await loadKnown();
      const seen = await addDetails(this.#deps, known, read, options.signal);
      const probes = await this.#probe(known, seen, options);
      const storageProbes = await this.#probeStorages(known, seen, options);
      stopIfAborted(options.signal);
      const { trigger, id: runId } = run;
      const acceptRemovals = options.acceptRemovals === true;
      const planned = await planOnce(repository, known, seen, {
        rules: this.#deps.rules,
        runId,
        trigger,
        acceptRemovals,
        probes,
        storageProbes,
        newId,
        finishedAt: clock(),
      });
      await repository.apply(counted(planned.plan), { lease: run.lease });
      return await this.#withInner(planned.result, seen, options.signal);
    } catch (thrown) {
      const error = whyEnded(thrown, options.signal);
      if (error instanceof AppError && isWorthRecording(error))
        await this.#recordFailure(run, { known: await loadKnown(), error, counted });
      throw error;
    }
  }

  async #discover(run: Run, loadKnown: () => Promise<KnownState>, options: SyncOptions): Promise<Observation> {
    const { provider, repository, maskKey } = this.#deps;
    const { signal, onProgress } = options;
    return provider.discover({
      scopes: run.requested,
      maskKey,
      knownTasks: await repository.knownTasks(run.providerId),
      knownIdentity: run.identity,
      knownRecords: async () => knownRecords(await loadKnown()),
      keeper: async () => keepKnown(await loadKnown()),
      knownConfigurations: async () => knownConfigurations(await loadKnown()),
      ...(signal !== undefined && { signal }),
      ...(onProgress !== undefined && { onProgress }),
    });
  }

  /** The run is stored by then: what systems tell, or fail to, makes it neither slower than its budget nor partial. */
  async #withInner(result: SyncResult, seen: Observation, signal: AbortSignal): Promise<SyncResult> {
    const { provider, inner, clock } = this.#deps;
    if (inner === undefined) return result;
    try {
      await askInner({ provider, clock, ...inner }, result.providerId, seen, signal);
      return withAddresses(result, await inner.repository.currentAddresses());
    } catch (error) {
      // Whatever it is, the run is stored, and its result must not be lost.
      const code = error instanceof AppError ? error.code : 'server';
      const message = `what guests told was not stored: ${error instanceof Error ? error.message : String(error)}`;
      return { ...result, warnings: [...result.warnings, { code, message }] };
    }
  }

  async #probe(known: KnownState, seen: Observation, { signal, onProgress }: SyncOptions) {
    const candidates = absentCandidates(known, seen, this.#deps.rules);
    const { provider } = this.#deps;
    if (candidates.length === 0 || provider.probeAbsent === undefined) return new Map();
    onProgress?.(`asking about ${candidates.length} missing guests`);
    return provider.probeAbsent(candidates, signal, seen);
  }

  async #probeStorages(known: KnownState, seen: Observation, { signal }: SyncOptions) {
    const names = absentStorages(known, seen, this.#deps.rules);
    const { provider } = this.#deps;
    if (names.length === 0 || provider.probeStorages === undefined) return new Map();
    return provider.probeStorages(names, signal);
  }

  async #recordFailure(
    { lease, ...run }: LeasedRun,
    { known, error, counted }: { known: KnownState; error: AppError; counted: (plan: SyncPlan) => SyncPlan },
  ): Promise<void> {
    const { repository, clock } = this.#deps;
    const plan = toFailedPlan(known, { ...run, finishedAt: clock() }, error);
    await repository.apply(counted(plan), { lease });
  }

  /** From now on: gives a plan with what the run has asked for until then. */
  #counting(): (plan: SyncPlan) => SyncPlan {
    const { requestCount } = this.#deps;
    if (requestCount === undefined) return (plan) => plan;
    const before = requestCount();
    return ({ run, ...plan }) => {
      const counts = { ...run.counts, requests: requestCount() - before };
      return { ...plan, run: { ...run, counts } };
    };
  }
}

function withRenaming(result: SyncResult, { name, renamedFrom }: EnsuredProvider): SyncResult {
  if (renamedFrom === undefined) return result;
  const message = `provider ${renamedFrom} is called ${name} from now on, as PROXMOX_VE_NAME says; its history stays`;
  return { ...result, warnings: [...result.warnings, { code: 'renamed-provider', message }] };
}

/** Calls `load` on first use and keeps its result. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** A failed database would fail again, and a lost lease is reported by the run that took it. */
function isWorthRecording({ code }: AppError): boolean {
  return code !== 'database' && code !== 'database-newer' && code !== 'locked' && code !== 'interrupted';
}
