import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../repositories/history/hash-chain.ts';
import { AppError } from '../../types/errors.ts';
import type { InventoryKey } from '../../types/inventory-key.ts';
import { type ProviderSettings, type RecordedSettings, type SealSettings, settingsOf } from '../../types/provider.ts';

/** What of a stored provider is checked before its credential is used. */
export interface SettingsCheck {
  providerId: string;
  /** As the provider's row says. */
  stored: ProviderSettings;
  /** The newest that a revision recorded; null: none did. */
  recorded: RecordedSettings | null;
}

const FIELDS = ['name', 'type', 'endpoints', 'tls', 'credential', 'allow', 'actionCredential'] as const;

export type SealKey = Pick<InventoryKey, 'sealSecret'>;

/** 64 hex digits that only somebody with the inventory key can make. The first item of `what` tells its kind from others. */
export function seal({ sealSecret }: SealKey, what: readonly unknown[]): string {
  return createHmac('sha256', sealSecret).update(canonicalJson(what)).digest('hex');
}

export function isSealed(key: SealKey, what: readonly unknown[], written: string): boolean {
  const [left, right] = [Buffer.from(written), Buffer.from(seal(key, what))];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Seals by the inventory key; without one nothing is sealed. */
export function sealWith(key: SealKey | null): SealSettings {
  return (what) => (key === null ? '' : seal(key, sealed(what)));
}

function sealed({ rev, providerId, settings }: Parameters<SealSettings>[0]): readonly unknown[] {
  return ['settings', rev, providerId, settingsOf(settings)];
}

/** 16 hex digits that stand for settings on a command line. */
export function settingsDigest(settings: ProviderSettings): string {
  return createHash('sha256')
    .update(canonicalJson(settingsOf(settings)))
    .digest('hex')
    .slice(0, 16);
}

/** The fields that a row does not say as they were recorded; empty: the row is as it was recorded. */
export function changedSettings({ stored, recorded }: Pick<SettingsCheck, 'stored' | 'recorded'>): string[] {
  if (recorded === null) return [...FIELDS];
  const [now, before] = [settingsOf(stored), settingsOf(recorded.settings)];
  return FIELDS.filter((field) => canonicalJson(now[field]) !== canonicalJson(before[field]));
}

/**
 * The revision that recorded exactly these settings, sealed by somebody with the inventory key. Throws AppError('unconfirmed')
 * for settings that were written past the program.
 */
export function requireConfirmed(check: SettingsCheck, key: SealKey): number {
  const { providerId, recorded } = check;
  if (recorded !== null && changedSettings(check).length === 0) {
    if (isSealed(key, sealed({ ...recorded, providerId }), recorded.seal)) return recorded.rev;
  }
  const { name } = check.stored;
  throw new AppError('unconfirmed', `the settings of ${name} are not confirmed: ${whyNot(check)}`, {
    hint: `nothing was sent. Look at them, and if they are right: rollcall providers confirm ${name}`,
  });
}

function whyNot({ stored, recorded }: SettingsCheck): string {
  if (recorded === null) return 'no revision of the history recorded them';
  const changed = changedSettings({ stored, recorded });
  if (changed.length === 0) return `revision ${recorded.rev} was not sealed with the key of this inventory`;
  const fields = changed.join(', ');
  return `${fields} ${changed.length === 1 ? 'is' : 'are'} not as revision ${recorded.rev} recorded`;
}
