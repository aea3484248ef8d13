import * as z from 'zod';
import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import { AppError } from '../../types/errors.ts';
import type { Operation, QueuedKind } from '../../types/operation.ts';
import { ALL_SCOPES } from '../../types/presence.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

const FINGERPRINT = /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/;
/** How long somebody's look at a certificate counts. */
const TRUST_MS = 60 * 60_000;

const SYNC = z.strictObject({
  /** Absent: everything. */
  scopes: z
    .array(z.enum(ALL_SCOPES))
    .min(1)
    .transform((given) => ALL_SCOPES.filter((scope) => given.includes(scope)))
    .exactOptional(),
  /** Records removals that the guard would hold back. */
  acceptRemovals: z.boolean().exactOptional(),
});

const TRUST = z.strictObject({
  /** The address whose certificate somebody has looked at. */
  endpoint: z.string().min(1),
  /** SHA-256, `AA:BB:…`; several separated by commas, if addresses show different ones. */
  fingerprint: z
    .string()
    .transform((text) => text.toUpperCase())
    .refine((text) => text.split(',').every((one) => FINGERPRINT.test(one)), 'is not a SHA-256 fingerprint, AA:BB:…'),
});

const RECONCILE = z.strictObject({
  /** Absent: of all accounts. */
  accountKey: z.string().min(1).max(300).exactOptional(),
});

const SEALED_TRUST = TRUST.extend({ until: z.iso.datetime(), seal: z.string() });

export type SyncParameters = z.infer<typeof SYNC>;
export type ReconcileParameters = z.infer<typeof RECONCILE>;
type TrustParameters = z.infer<typeof TRUST>;

const BY_KIND = {
  sync: SYNC,
  test: z.strictObject({}),
  trust: TRUST,
  reconcile: RECONCILE,
} satisfies Record<QueuedKind, z.ZodType>;

/** What was asked for, in one form for one meaning. Throws AppError('usage'). */
export function askedParameters(kind: QueuedKind, given: unknown): Readonly<Record<string, unknown>> {
  const parsed = BY_KIND[kind].safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const [why = ''] = z.prettifyError(parsed.error).split('\n');
  throw new AppError('usage', `the parameters of a ${kind} cannot be used: ${why.replace(/^✖ /, '')}`);
}

/** The same for the same work. */
export function openKey(
  kind: QueuedKind,
  providerId: string | null,
  parameters: Readonly<Record<string, unknown>>,
): string {
  return canonicalJson([kind, providerId, parameters]);
}

/**
 * Only somebody with the inventory key can ask to trust a certificate: whoever can write to the database alone could otherwise have
 * the credential sent to a server of his.
 */
export function sealTrust(
  key: SealKey,
  { id, providerId, parameters }: Pick<Operation, 'id' | 'providerId' | 'parameters'>,
  now: Date,
): Readonly<Record<string, unknown>> {
  const until = new Date(now.getTime() + TRUST_MS).toISOString();
  return { ...parameters, until, seal: seal(key, sealed({ id, providerId }, { ...TRUST.parse(parameters), until })) };
}

function sealed(
  { id, providerId }: Pick<Operation, 'id' | 'providerId'>,
  { endpoint, fingerprint, until }: TrustParameters & { until: string },
): readonly unknown[] {
  return ['operation', 'trust', id, providerId, endpoint, fingerprint, until];
}

/** Throws AppError('unconfirmed') for what nobody with the inventory key asked for, or somebody too long ago. */
export function confirmedTrust(
  key: SealKey,
  operation: Pick<Operation, 'id' | 'providerId' | 'parameters'>,
  now: Date,
): TrustParameters {
  const parsed = SEALED_TRUST.safeParse(operation.parameters);
  const hint = 'look at the certificate again, and ask to trust it';
  if (!parsed.success || !isSealed(key, sealed(operation, parsed.data), parsed.data.seal)) {
    throw new AppError(
      'unconfirmed',
      'the request to trust a certificate is not sealed with the key of this inventory',
      {
        hint,
      },
    );
  }
  const { endpoint, fingerprint, until } = parsed.data;
  if (new Date(until) >= now) return { endpoint, fingerprint };
  throw new AppError('unconfirmed', 'somebody looked at the certificate too long ago to trust it now', { hint });
}

/** Of a stored operation. Throws AppError('database'). */
export function reconcileParameters(operation: Pick<Operation, 'id' | 'parameters'>): ReconcileParameters {
  return stored(RECONCILE, operation);
}

/** Of a stored operation. Throws AppError('database'). */
export function syncParameters(operation: Pick<Operation, 'id' | 'parameters'>): SyncParameters {
  return stored(SYNC, operation);
}

function stored<T>(schema: z.ZodType<T>, { id, parameters }: Pick<Operation, 'id' | 'parameters'>): T {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new AppError('database', `the database holds a damaged row, operation ${id}`);
}
