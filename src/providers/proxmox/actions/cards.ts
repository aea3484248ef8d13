import { splitPropertyString } from '../property-string.ts';
import { byNumber } from './disk.ts';

export interface ConfiguredCard {
  key: string;
  bridge: string;
  /** VLAN; null: untagged. */
  tag: string | null;
}

/** Network cards that are on a bridge. */
export function cardsOf(config: Readonly<Record<string, unknown>>): ConfiguredCard[] {
  return Object.keys(config)
    .filter((key) => /^net\d{1,2}$/.test(key))
    .sort(byNumber)
    .flatMap((key) => {
      const parts = splitPropertyString(String(config[key]), 'model');
      const bridge = parts?.get('bridge');
      return bridge === undefined ? [] : [{ key, bridge, tag: parts?.get('tag') ?? null }];
    });
}

/** Each once, sorted. */
export function bridgesOf(cards: readonly ConfiguredCard[]): string[] {
  return [...new Set(cards.map(({ bridge }) => bridge))].sort();
}
