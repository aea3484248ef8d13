import type { SettingName, SettingRepository, StoredSetting } from '../../repositories/reconcile/setting-repository.ts';
import { AppError } from '../../types/errors.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

type Sealed = Pick<StoredSetting, 'name' | 'version' | 'document'>;

function sealed({ name, version, document }: Sealed): readonly unknown[] {
  return ['setting', name, version, document];
}

/** The document of a setting whose seal is right: whoever can write to the database alone cannot change it. Throws AppError('unconfirmed'). */
export function confirmedDocument(key: SealKey, setting: StoredSetting): unknown {
  if (isSealed(key, sealed(setting), setting.seal)) return setting.document;
  throw new AppError('unconfirmed', `the setting ${setting.name} is not sealed with the key of this inventory`, {
    hint: 'set it again',
  });
}

/** Stores the next version; returns its number. Throws AppError('locked') if somebody else has stored one meanwhile. */
export async function addSetting(
  settings: SettingRepository,
  key: SealKey,
  { name, document, setAt, setBy }: Pick<StoredSetting, 'document' | 'setAt' | 'setBy'> & { name: SettingName },
): Promise<number> {
  const version = ((await settings.newest(name))?.version ?? 0) + 1;
  const next = { name, version, document };
  const isAdded = await settings.add({ ...next, seal: seal(key, sealed(next)), setAt, setBy });
  if (isAdded) return version;
  throw new AppError('locked', `somebody else has set ${name} just now`, { hint: 'look at it, and set it again' });
}
