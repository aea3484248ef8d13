import { types } from 'node:util';
import { withImports } from '../services/imports/mark-results.ts';
import type { Perform, Performed, PerformIo } from '../services/operations/operation-job.ts';
import { confirmedTrust, reconcileParameters, syncParameters } from '../services/operations/parameters.ts';
import { AppError } from '../types/errors.ts';
import { GUEST_BUDGET_MS, MAX_GUESTS, RUN_TIMEOUT_MS } from '../types/limits.ts';
import type { Operation, QueuedKind } from '../types/operation.ts';
import { ALL_SCOPES } from '../types/presence.ts';
import type { App, ConnectOptions } from './app.ts';
import { checkTarget } from './check-target.ts';
import type { Target } from './config/select-providers.ts';
import { openReconcile } from './open-reconcile.ts';
import { syncWhenFree } from './sync-target.ts';
import { tellNewFindings } from './tell-findings.ts';
import { trustProvider } from './trust-provider.ts';

/** How long a sync waits for the run of another process. */
const LOCKED_MS = 10 * 60_000;

/** Limits that are absent are those of the commands. */
export interface PerformOptions extends Pick<ConnectOptions, 'concurrency' | 'maxGuests' | 'innerBudgetMs'> {
  /** How long the run of a sync may take. */
  timeoutMs?: number;
  /** How long a sync waits for the run of another process. */
  waitMs?: number;
  /** `provider` null: it is about none. */
  warn: (message: string, provider: string | null) => void;
  /** Called after each operation that stored something that notifiers may tell of. */
  onStored?: () => void;
}

type PerformKind = (app: App, operation: Operation, io: PerformIo, options: PerformOptions) => Promise<Performed>;

const PERFORM: Readonly<Record<QueuedKind, PerformKind>> = { sync, test, trust, reconcile };

/** Performs operations by the same code as the commands do. */
export function performOperation(app: App, options: PerformOptions): Perform {
  return (operation, io) => {
    // Whoever asks for an action performs it: no worker claims one.
    if (operation.kind === 'action') throw new Error('an action does not wait in the queue');
    return PERFORM[operation.kind](app, operation, io, options);
  };
}

/** As `discover-all`; its result is that of `-o json` for one provider. */
async function sync(app: App, operation: Operation, io: PerformIo, options: PerformOptions): Promise<Performed> {
  const { scopes = ALL_SCOPES, acceptRemovals = false } = syncParameters(operation);
  const target = await targetOf(app, operation);
  const { warn, onStored, timeoutMs = RUN_TIMEOUT_MS, waitMs = LOCKED_MS, concurrency } = options;
  const result = await syncWhenFree(app, target, {
    ...(concurrency !== undefined && { concurrency }),
    maxGuests: options.maxGuests ?? MAX_GUESTS,
    innerBudgetMs: options.innerBudgetMs ?? GUEST_BUDGET_MS,
    acceptRemovals,
    timeoutMs,
    waitMs,
    signal: io.signal,
    read: (service, how) => service.syncScopes(scopes, how),
    onWarning: (message) => warn(message, target.used.name),
    onProgress: (step, done, total) => io.progress({ step, done: done ?? 0, total: total ?? null }),
    onLocked: (message) => io.progress({ step: `waiting: ${message}`, done: 0, total: null }),
  });
  if (result.runId !== null) onStored?.();
  const marked = withImports(result, await (await app.imports()).list());
  if (result.outcome !== 'failed' || result.error === undefined) return { result: marked, error: null };
  const { code, message, hint = null } = result.error;
  return { result: marked, error: { code, message, hint } };
}

/** As `reconcile`, of one account or of all; its result is the report. */
async function reconcile(app: App, operation: Operation, io: PerformIo, options: PerformOptions): Promise<Performed> {
  const { accountKey } = reconcileParameters(operation);
  const { signal, progress } = io;
  const service = await openReconcile(app);
  const how = {
    by: operation.requestedBy,
    signal,
    onProgress: (step: string, done: number, total: number | null) => progress({ step, done, total }),
  };
  const report = await (accountKey === undefined ? service.runAccounts(how) : service.run({ ...how, accountKey }));
  await tellFindings(app, options);
  const [issue] = report.issues;
  if (report.outcome !== 'failed' || issue === undefined) return { result: report, error: null };
  return {
    result: report,
    error: { code: 'incomplete', message: `${issue.what}: ${issue.message}`, hint: issue.hint },
  };
}

/** A failure changes nothing about the comparison: the next one tries again. */
async function tellFindings(app: App, { warn, onStored }: PerformOptions): Promise<void> {
  try {
    await tellNewFindings(app);
    onStored?.();
  } catch (error) {
    warn(`notifications were not made: ${types.isNativeError(error) ? error.message : String(error)}`, null);
  }
}

/** As `providers test`; its result is the list of its steps, also where some failed. */
async function test(app: App, operation: Operation, io: PerformIo): Promise<Performed> {
  let done = 0;
  const { steps } = await checkTarget(app, await targetOf(app, operation), {
    signal: io.signal,
    formatTime: utcText,
    onStep: ({ step }) => io.progress({ step, done: ++done, total: null }),
  });
  return { result: steps, error: null };
}

/** As `providers trust --fingerprint`, for the fingerprints that somebody has seen. */
async function trust(app: App, operation: Operation, io: PerformIo): Promise<Performed> {
  const stored = await app.storedProvider(idOf(operation));
  const key = await (await app.gate()).requireKey(stored.name);
  const { endpoint, fingerprint } = confirmedTrust(key, operation, app.machine.clock());
  if (!stored.endpoints.includes(endpoint)) {
    throw new AppError('configuration', `${endpoint} is no address of ${stored.name}`, {
      hint: `its addresses: ${stored.endpoints.join(', ')}`,
    });
  }
  const said: { message: string; hint?: string }[] = [];
  io.progress({ step: 'looking at the certificates', done: 0, total: null });
  await requireShown(app, { endpoint, type: stored.type }, fingerprint.split(','));
  const tls = await trustProvider(
    app,
    stored,
    { fingerprints: fingerprint },
    {
      signal: io.signal,
      warn: (message, hint) => said.push({ message, ...(hint !== undefined && { hint }) }),
      note: (message) => io.progress({ step: message, done: 1, total: null }),
      // With fingerprints, everything else that an address shows was refused by then.
      confirm: async () => undefined,
    },
  );
  return { result: { provider: stored.name, isChanged: tls !== stored.tls, tls, warnings: said }, error: null };
}

/** The address still shows what somebody has seen. */
async function requireShown(
  app: App,
  { endpoint, type }: { endpoint: string; type: string },
  seen: readonly string[],
): Promise<void> {
  const { certificate, failure } = await app.inspect(endpoint, { type });
  if (failure !== null) throw failure.error;
  if (certificate === null || seen.includes(certificate.fingerprint)) return;
  throw new AppError(
    'certificate',
    `${endpoint} shows ${certificate.fingerprint}, which is not the one that was seen`,
    {
      hint: 'look at it again; somebody may be in between',
    },
  );
}

async function targetOf(app: App, operation: Operation): Promise<Target> {
  const { name } = await app.storedProvider(idOf(operation));
  const target = (await app.targets([name], () => undefined)).find(({ stored }) => stored.name === name);
  if (target !== undefined) return target;
  throw new AppError('configuration', `${name} is not the provider that flags or environment describe here`);
}

function idOf({ id, providerId }: Operation): string {
  if (providerId !== null) return providerId;
  throw new AppError('not-found', `operation ${id} names no provider`);
}

/** `2027-11-21 10:00:00 UTC`. */
function utcText(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
