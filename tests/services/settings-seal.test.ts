import { describe, expect, it } from '@jest/globals';
import { changedSettings, requireConfirmed, sealWith, settingsDigest } from '../../src/services/providers/settings.ts';
import type { ProviderSettings } from '../../src/types/provider.ts';

const KEY = { sealSecret: 'k'.repeat(32) };
const READ_ONLY: ProviderSettings = {
  name: 'prod',
  type: 'proxmox',
  endpoints: ['https://pve1.test:8006'],
  tls: { mode: 'system' },
  credential: { kind: 'token', tokenId: 'rollcall@pve!ro', secretRef: 'env:SECRET' },
};
/** Made before providers could allow anything. */
const DIGEST = 'be9c37dfeaf81186';
const SEAL = 'a93eb9d5263ec68fd039a0880d30287cd6fcb498b9affced02a870b61c0fd2df';
const providerId = 'abcdefghijklmnop';
const seal = (settings: ProviderSettings) => sealWith(KEY)({ rev: 7, providerId, settings });
const recorded = (settings: ProviderSettings) => ({ rev: 7, settings, seal: seal(settings) });

const ACTION_CREDENTIAL = { kind: 'token', tokenId: 'rollcall@pve!act', secretRef: 'env:ACT' } as const;

describe('the seal of settings', () => {
  it.each([
    ['without the fields', READ_ONLY],
    ['with an empty list', { ...READ_ONLY, allow: [] }],
  ])('is that of a time when nothing could be allowed, while nothing is: %s', (_what, settings) => {
    expect(settingsDigest(settings)).toBe(DIGEST);
    expect(seal(settings)).toBe(SEAL);
    const check = { providerId, stored: settings, recorded: { rev: 7, settings: READ_ONLY, seal: SEAL } };
    expect(requireConfirmed(check, KEY)).toBe(7);
  });

  it.each([
    ['allow', { allow: ['power'] as const }],
    ['actionCredential', { actionCredential: ACTION_CREDENTIAL }],
  ])('covers %s', (field, more) => {
    const stored = { ...READ_ONLY, ...more };
    expect(settingsDigest(stored)).not.toBe(DIGEST);
    expect(seal(stored)).not.toBe(SEAL);
    expect(changedSettings({ stored, recorded: recorded(READ_ONLY) })).toEqual([field]);
    expect(() => requireConfirmed({ providerId, stored, recorded: recorded(READ_ONLY) }, KEY)).toThrow(
      `the settings of prod are not confirmed: ${field} is not as revision 7 recorded`,
    );
    // A revision that somebody without the key has edited as well.
    const edited = { ...recorded(READ_ONLY), settings: stored };
    expect(() => requireConfirmed({ providerId, stored, recorded: edited }, KEY)).toThrow(
      /was not sealed with the key/,
    );
    expect(requireConfirmed({ providerId, stored, recorded: recorded(stored) }, KEY)).toBe(7);
  });

  it('does not depend on the order in which rights are named', () => {
    const one = { ...READ_ONLY, allow: ['snapshot', 'power'] as const };
    const other = { ...READ_ONLY, allow: ['power', 'snapshot'] as const };
    expect(seal(one)).toBe(seal(other));
    expect(changedSettings({ stored: one, recorded: recorded(other) })).toEqual([]);
  });
});
