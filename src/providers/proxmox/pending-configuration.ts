import type { PveGuestConfig, PvePendingEntry } from '../../api/pve-types.ts';
import { HIDDEN, isSecretKey } from '../../text/mask-secrets.ts';
import type { Document, Value } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import type { GuestKind } from '../../types/guest.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { isAtOrBelow, isPendingPath, PENDING, PENDING_DELETE } from '../../types/pending-path.ts';
import type { KnownConfiguration } from '../provider.ts';
import { type GuestConfiguration, guestConfiguration } from './guest-document.ts';

type Fields = ReadonlyMap<string, Value>;

/**
 * What is in effect, with what waits for a restart beside it. `config` is the answer of `/config`, which has pending values in
 * place of those in effect; `rows` is that of `/pending`, which has both, but not a container's own lines of LXC.
 */
export function withPending(
  kind: GuestKind,
  { config, rows }: { config: PveGuestConfig; rows: readonly PvePendingEntry[] },
  maskKey: MaskKey | null,
): GuestConfiguration {
  const merged = guestConfiguration(kind, config, maskKey);
  const effective = guestConfiguration(kind, effectiveConfig(config, rows), maskKey);
  const secrets = rows.filter(({ key, pending }) => pending !== undefined && isSecretKey(key));
  const pending = new Map<string, Value>([
    ...differences(effective.fields, merged.fields),
    // A password is hidden in both answers alike.
    ...secrets.map(({ key }) => [PENDING + key, merged.fields.get(key) ?? HIDDEN] as const),
  ]);
  return { ...effective, fields: new Map([...effective.fields, ...pending]) };
}

function effectiveConfig(config: PveGuestConfig, rows: readonly PvePendingEntry[]): PveGuestConfig {
  const told = new Set(rows.map(({ key }) => key));
  const untold = Object.entries(config).filter(([key]) => !told.has(key));
  const effective = rows.flatMap(({ key, value }): [string, string | number][] =>
    value === undefined ? [] : [[key, value]],
  );
  return Object.fromEntries([...untold, ...effective]);
}

/** The pending paths that turn what is in effect into what will be. */
function differences(effective: Fields, merged: Fields): Map<string, Value> {
  const paths = new Map<string, Value>();
  for (const [path, value] of merged) {
    if (!sameValue(effective.get(path) ?? null, value)) paths.set(PENDING + path, value);
  }
  for (const path of effective.keys()) {
    if (merged.has(path)) continue;
    const root = path.split('.', 1)[0] ?? path;
    const isWhole = ![...merged.keys()].some((other) => isAtOrBelow(other, root));
    paths.set(PENDING_DELETE + (isWhole ? root : path), true);
  }
  return paths;
}

/**
 * The same for a guest whose file is as it was at the last run, from what was stored then. null when the stored values do
 * not explain the answer.
 */
export function withKnownPending(merged: GuestConfiguration, known: KnownConfiguration): GuestConfiguration | null {
  const pending = Object.entries(known.document).filter(([path]) => isPendingPath(path));
  if (pending.length === 0) return merged;
  const fields = new Map(merged.fields);
  for (const [path, value] of pending) {
    if (path.startsWith(PENDING_DELETE)) {
      const gone = path.slice(PENDING_DELETE.length);
      if ([...merged.fields.keys()].some((other) => isAtOrBelow(other, gone))) return null;
      restore(fields, known.document, gone);
    } else {
      const set = path.slice(PENDING.length);
      if (!sameValue(merged.fields.get(set) ?? null, value)) return null;
      fields.delete(set);
      restore(fields, known.document, set);
    }
    fields.set(path, value);
  }
  return { ...merged, fields, identity: known.identity };
}

/** Puts the stored value of a path, and those of the paths below it, back. */
function restore(fields: Map<string, Value>, document: Document, path: string): void {
  for (const [other, value] of Object.entries(document)) {
    if (isAtOrBelow(other, path)) fields.set(other, value);
  }
}
