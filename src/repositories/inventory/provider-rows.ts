import type { ActionRight } from '../../types/action.ts';
import type { Hold, ProviderRow, WatchState } from '../../types/inventory.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import type { Credential, TlsTrust } from '../../types/provider.ts';
import type { Row } from '../db/row.ts';
import { isArrayOf, isEither, isNullOr, isRecordOf, isShape, isText, isTexts, isWord } from '../db/stored-shape.ts';

/** A provider with the data for `sync-status`. */
export interface ProviderState extends ProviderRow {
  incompleteSince: Readonly<Record<string, string>>;
  lease: Hold | null;
  watch: WatchState;
}

export const PROVIDER_COLUMNS = [
  'id',
  'name',
  'isEnabled',
  'type',
  'endpoints',
  'tls',
  'credential',
  'allow',
  'actionCredential',
  'settingsRev',
  'identity',
  'incompleteSince',
  'autoDiscover',
  'discoverInterval',
  'discoverCron',
  'createdAt',
  'removedAt',
  'lastRunAt',
  'lastCompleteAt',
  'leaseHolder',
  'leaseSince',
  'leaseUntil',
  'watchHolder',
  'watchSince',
  'watchUntil',
  'failures',
  'retryAt',
  'pausedAt',
  'pauseReason',
] as const;

type Pinned = Extract<TlsTrust, { mode: 'fingerprint' }>;
const isOwnTrust = isEither(
  isShape<{ mode: 'system' | 'insecure' }>({ mode: isWord(['system', 'insecure']) }),
  isShape<Omit<Pinned, 'pins'>, Required<Pick<Pinned, 'pins'>>>(
    { mode: isWord(['fingerprint']), sha256: isText },
    { pins: isRecordOf(isText) },
  ),
);
const isCaTrust = isEither(
  isShape<Extract<TlsTrust, { mode: 'ca' }>>({ mode: isWord(['ca']), caFile: isText }),
  isShape<Extract<TlsTrust, { mode: 'cluster-ca' }>>({ mode: isWord(['cluster-ca']), pem: isText }),
);
export const isTls = isEither(isOwnTrust, isCaTrust);

const isServerCredential = isEither(
  isShape<Extract<Credential, { kind: 'token' }>>({ kind: isWord(['token']), tokenId: isText, secretRef: isText }),
  isShape<{ kind: 'password'; user: string; passwordRef: string }, { totpRef: string }>(
    { kind: isWord(['password']), user: isText, passwordRef: isText },
    { totpRef: isText },
  ),
);

export const isCredential = isEither(
  isServerCredential,
  isShape<{ kind: 'login'; login: string }, { secretRef: string }>(
    { kind: isWord(['login']), login: isText },
    { secretRef: isText },
  ),
);

/** All of them, as the compiler checks; the list itself would be one more file for each listing to load. */
const RIGHTS: Readonly<Record<ActionRight, true>> = {
  power: true,
  snapshot: true,
  config: true,
  backup: true,
  migrate: true,
  clone: true,
  create: true,
  destroy: true,
  api: true,
};
export const isAllow = isArrayOf(
  (value): value is ActionRight => typeof value === 'string' && Object.hasOwn(RIGHTS, value),
);

const isIdentity = isShape<
  Pick<ClusterIdentity, 'clusterName' | 'nodeNames'>,
  Required<Pick<ClusterIdentity, 'rootCa' | 'certificates' | 'systemId'>>
>(
  { clusterName: isNullOr(isText), nodeNames: isTexts },
  { rootCa: isNullOr(isText), certificates: isTexts, systemId: isText },
);

export const isSinceByScope = isRecordOf(isText);

export function toProvider(row: Row): ProviderState {
  const identity = toIdentity(row);
  return {
    id: row.text('id'),
    name: row.text('name'),
    type: row.text('type'),
    endpoints: row.json('endpoints', isTexts),
    tls: row.json('tls', isTls),
    credential: row.json('credential', isCredential),
    ...toPermission(row),
    settingsRev: row.numberOrNull('settingsRev'),
    isEnabled: row.boolean('isEnabled'),
    schedule: {
      autoDiscover: row.boolean('autoDiscover'),
      discoverInterval: row.numberOrNull('discoverInterval'),
      discoverCron: row.textOrNull('discoverCron'),
    },
    createdAt: row.time('createdAt'),
    pausedAt: row.timeOrNull('pausedAt'),
    pauseReason: row.textOrNull('pauseReason'),
    identity,
    removedAt: row.timeOrNull('removedAt'),
    lastRunAt: row.timeOrNull('lastRunAt'),
    lastCompleteAt: row.timeOrNull('lastCompleteAt'),
    clusterName: identity?.clusterName ?? null,
    nodeNames: identity?.nodeNames ?? [],
    incompleteSince: row.json('incompleteSince', isSinceByScope),
    lease: toHold(row, 'lease'),
    watch: toWatch(row),
  };
}

/** What may be done to its guests, and who does it. */
export function toPermission(row: Row): Pick<ProviderRow, 'allow' | 'actionCredential'> {
  const actionCredential = row.jsonOrNull('actionCredential', isCredential);
  return { allow: row.jsonOrNull('allow', isAllow) ?? [], ...(actionCredential !== null && { actionCredential }) };
}

export function toIdentity(row: Row): ClusterIdentity | null {
  const stored = row.jsonOrNull('identity', isIdentity);
  if (stored === null) return null;
  const { clusterName, nodeNames, rootCa = null, certificates = [], systemId } = stored;
  return { clusterName, nodeNames, rootCa, certificates, ...(systemId !== undefined && { systemId }) };
}

function toWatch(row: Row): WatchState {
  return {
    watcher: toHold(row, 'watch'),
    failures: row.number('failures'),
    retryAt: row.timeOrNull('retryAt'),
    pausedAt: row.timeOrNull('pausedAt'),
    pauseReason: row.textOrNull('pauseReason'),
  };
}

function toHold(row: Row, what: 'lease' | 'watch'): Hold | null {
  const [holder, since, until] = [
    row.textOrNull(`${what}Holder`),
    row.timeOrNull(`${what}Since`),
    row.timeOrNull(`${what}Until`),
  ];
  return holder === null || since === null || until === null ? null : { holder, since, until };
}
