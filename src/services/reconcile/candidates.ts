import { canonicalUuid } from '../../types/firmware-uuid.ts';
import type { MatchEvidence, PanelRecord } from '../../types/panel.ts';
import type { ComparedGuest } from './compared-guest.ts';
import { IdentityIndex, TIERS, type Tier } from './identity-index.ts';

/** Of the platform and the firmware. A name or an address says which machine it is only where nothing of these is known. */
export const STRONG: ReadonlySet<MatchEvidence> = new Set(['person', 'provider-id', 'uuid', 'mac']);

/** The guests that a record may be: one, or several that the evidence does not tell apart. */
export interface Candidates {
  guests: readonly [ComparedGuest, ...ComparedGuest[]];
  by: Tier;
  /** What the platform calls it and its UUID are of different machines. */
  isContradictory: boolean;
}

/** Finds the guests that a record may be. `inScope`: ids of the guests that the panel is about. */
export class CandidateFinder {
  readonly #index: IdentityIndex;
  readonly #inScope: ReadonlySet<string>;

  constructor(live: readonly ComparedGuest[], inScope: ReadonlySet<string>) {
    this.#index = new IdentityIndex(live);
    this.#inScope = inScope;
  }

  /**
   * Those that the strongest evidence gives, as far as weaker evidence narrows them down. A name narrows nothing. `taken`: ids of
   * guests that are other records. null: there is none.
   */
  find(record: PanelRecord, taken: ReadonlySet<string>): Candidates | null {
    let found: { guests: readonly ComparedGuest[]; by: Tier } | null = null;
    for (const tier of TIERS) {
      const possible = this.#possible(record, tier, taken);
      if (found === null) {
        if (possible.length > 0) found = { guests: possible, by: tier };
      } else if (tier !== 'name') {
        const both: readonly ComparedGuest[] = found.guests.filter((guest) => possible.includes(guest));
        if (both.length > 0 && both.length < found.guests.length) found = { guests: both, by: tier };
      }
      if (found?.guests.length === 1) break;
    }
    const [first, ...more] = found?.guests ?? [];
    if (found === null || first === undefined) return null;
    const others = this.#contradicting(record, first, found.by, taken);
    return { guests: [first, ...more, ...others], by: found.by, isContradictory: others.length > 0 };
  }

  hasUuid(record: PanelRecord): boolean {
    return this.#index.find(record, 'uuid').length > 0;
  }

  #possible(record: PanelRecord, tier: Tier, taken: ReadonlySet<string>): readonly ComparedGuest[] {
    const isAnywhere = tier === 'uuid' || tier === 'mac' || (tier === 'provider-id' && record.provider !== null);
    return this.#index
      .find(record, tier)
      .filter((guest) => !taken.has(guest.id) && (isAnywhere || this.#inScope.has(guest.id)))
      .filter((guest) => tier === 'provider-id' || tier === 'uuid' || !isOther(record, guest, tier));
  }

  /** Guests with the UUID of a record whose id is that of a guest with another UUID. */
  #contradicting(
    record: PanelRecord,
    guest: ComparedGuest,
    by: Tier,
    taken: ReadonlySet<string>,
  ): readonly ComparedGuest[] {
    if (by !== 'provider-id' || !hasOtherUuid(record, guest)) return [];
    return this.#possible(record, 'uuid', taken).filter((other) => other !== guest);
  }
}

export function hasOtherUuid({ uuid }: Pick<PanelRecord, 'uuid'>, guest: Pick<ComparedGuest, 'uuid'>): boolean {
  return uuid !== null && guest.uuid !== null && canonicalUuid(uuid) !== canonicalUuid(guest.uuid);
}

/** Something stronger says that it is another machine. */
function isOther(record: PanelRecord, guest: ComparedGuest, tier: Tier): boolean {
  if (hasOtherUuid(record, guest)) return true;
  if (tier === 'mac') return false;
  const { macs, nativeId, provider } = record;
  if (macs.length > 0 && guest.macs.length > 0 && !macs.some((mac) => guest.macs.includes(mac))) return true;
  if (provider !== null && provider !== guest.providerName) return true;
  if (nativeId === null) return false;
  return nativeId.toLowerCase() !== guest.nativeId.toLowerCase() && nativeId !== String(guest.vmid);
}
