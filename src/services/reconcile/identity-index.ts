import { canonicalUuid } from '../../types/firmware-uuid.ts';
import type { MatchEvidence, PanelRecord } from '../../types/panel.ts';
import type { ComparedGuest } from './compared-guest.ts';

/** What both sides tell of a machine, the strongest first. */
export const TIERS = ['provider-id', 'uuid', 'mac', 'address', 'name'] as const satisfies readonly MatchEvidence[];
export type Tier = (typeof TIERS)[number];

type Keys = Readonly<Record<Tier, readonly string[]>>;

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
      const keys = guestKeys(guest);
      for (const tier of TIERS) {
        for (const key of new Set(keys[tier])) {
          const held = this.#tiers[tier].get(key);
          if (held === undefined) this.#tiers[tier].set(key, [guest]);
          else held.push(guest);
        }
      }
    }
  }

  /** Guests that share something with the record, each once. */
  find(record: PanelRecord, tier: Tier): readonly ComparedGuest[] {
    const found = recordKeys(record)[tier].flatMap((key) => this.#tiers[tier].get(key) ?? []);
    return found.length < 2 ? found : [...new Set(found)];
  }
}

function guestKeys({ providerName, nativeId, vmid, uuid, macs, addresses, name }: ComparedGuest): Keys {
  const ids = [nativeId.toLowerCase(), ...(vmid === null ? [] : [String(vmid)])];
  return {
    'provider-id': ids.flatMap((id) => [id, `${providerName}/${id}`]),
    uuid: uuid === null ? [] : [canonicalUuid(uuid)],
    mac: macs,
    address: addresses,
    name: nameKeys(name),
  };
}

function recordKeys({ provider, nativeId, uuid, macs, addresses, name }: PanelRecord): Keys {
  const id = nativeId?.toLowerCase();
  return {
    'provider-id': id === undefined ? [] : [provider === null ? id : `${provider}/${id}`],
    uuid: uuid === null ? [] : [canonicalUuid(uuid)],
    mac: macs,
    address: addresses,
    name: nameKeys(name),
  };
}

function nameKeys(name: string | null): readonly string[] {
  const key = name?.trim().toLowerCase() ?? '';
  return key === '' ? [] : [key];
}
