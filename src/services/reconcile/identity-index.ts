import { canonicalUuid } from '../../types/firmware-uuid.ts';
import type { MatchEvidence, PanelRecord } from '../../types/panel.ts';
import type { ComparedGuest } from './compared-guest.ts';

/** What both sides tell of a machine, the strongest first. */
export const TIERS = ['provider-id', 'uuid', 'mac', 'address', 'name'] as const satisfies readonly MatchEvidence[];
export type Tier = (typeof TIERS)[number];

/** Guests by each thing that tells which machine they are. */
export class IdentityIndex {
  readonly #tiers: Readonly<Record<Tier, Map<string, ComparedGuest[]>>>;

  constructor(guests: readonly ComparedGuest[]) {
    this.#tiers = {
      'provider-id': new Map(),
      uuid: new Map(),
      mac: new Map(),
      address: new Map(),
      name: new Map(),
    };
    for (const guest of guests) {
      for (const tier of TIERS) {
        for (const key of new Set(guestKeys(guest, tier))) {
          const held = this.#tiers[tier].get(key);
          if (held === undefined) this.#tiers[tier].set(key, [guest]);
          else held.push(guest);
        }
      }
    }
  }

  /** Guests that share something with the record, each once. */
  find(record: PanelRecord, tier: Tier): readonly ComparedGuest[] {
    const found = recordKeys(record, tier).flatMap((key) => this.#tiers[tier].get(key) ?? []);
    return found.length < 2 ? found : [...new Set(found)];
  }
}

function guestKeys(guest: ComparedGuest, tier: Tier): readonly string[] {
  if (tier !== 'provider-id') return commonKeys(guest, tier);
  const { providerName, nativeId, vmid } = guest;
  const ids = [nativeId.toLowerCase(), ...(vmid === null ? [] : [String(vmid)])];
  return ids.flatMap((id) => [id, `${providerName}/${id}`]);
}

function recordKeys(record: PanelRecord, tier: Tier): readonly string[] {
  if (tier !== 'provider-id') return commonKeys(record, tier);
  const { provider, nativeId } = record;
  const id = nativeId?.toLowerCase();
  if (id === undefined) return [];
  return [provider === null ? id : `${provider}/${id}`];
}

function commonKeys(
  { uuid, macs, addresses, name }: Pick<PanelRecord, 'uuid' | 'macs' | 'addresses' | 'name'>,
  tier: Exclude<Tier, 'provider-id'>,
): readonly string[] {
  switch (tier) {
    case 'uuid':
      return uuid === null ? [] : [canonicalUuid(uuid)];
    case 'mac':
      return macs;
    case 'address':
      return addresses;
    case 'name':
      return nameKeys(name);
  }
}

function nameKeys(name: string | null): readonly string[] {
  const key = name?.trim().toLowerCase() ?? '';
  return key === '' ? [] : [key];
}
