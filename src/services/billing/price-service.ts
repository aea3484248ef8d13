import type { SettingRepository, StoredSetting } from '../../repositories/reconcile/setting-repository.ts';
import { AppError } from '../../types/errors.ts';
import type { PriceList, PriceVersion } from '../../types/price-list.ts';
import type { SealKey } from '../providers/settings.ts';
import { addSetting, confirmedDocument } from '../reconcile/sealed-setting.ts';
import { checkedPriceList } from './price-list.ts';

const NAME = 'prices';

interface PriceDependencies {
  settings: Pick<SettingRepository, 'newest' | 'get' | 'add'>;
  /** Throws AppError('configuration') where this machine has no key of the inventory. */
  key: () => Promise<SealKey>;
  clock: () => Date;
}

/** The price list, and every version of it. */
export class PriceService {
  readonly #deps: PriceDependencies;

  constructor(deps: PriceDependencies) {
    this.#deps = deps;
  }

  /** Throws AppError('not-found') where there is none, 'unconfirmed' where it was written past the program. */
  async current(): Promise<PriceVersion> {
    const stored = await this.#deps.settings.newest(NAME);
    if (stored !== null) return this.#confirmed(stored);
    throw new AppError('not-found', 'there is no price list', { hint: 'rollcall billing prices set FILE' });
  }

  /** An earlier one, by which something was charged. Throws as {@link current}. */
  async version(version: number): Promise<PriceVersion> {
    const stored = await this.#deps.settings.get(NAME, version);
    if (stored !== null) return this.#confirmed(stored);
    throw new AppError('not-found', `there is no version ${version} of the price list`, {
      hint: 'rollcall billing prices show',
    });
  }

  async set(prices: PriceList, by: string): Promise<PriceVersion> {
    const { settings, key, clock } = this.#deps;
    const setting = { name: NAME, document: prices, setAt: clock(), setBy: by } as const;
    return { version: await addSetting(settings, await key(), setting), prices };
  }

  async #confirmed(stored: StoredSetting): Promise<PriceVersion> {
    const document = confirmedDocument(await this.#deps.key(), stored);
    return { version: stored.version, prices: checkedPriceList(document) };
  }
}
