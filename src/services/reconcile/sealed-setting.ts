import type { SettingName, SettingRepository, StoredSetting } from '../../repositories/reconcile/setting-repository.ts';
import { AppError } from '../../types/errors.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

const WORDS: Readonly<Record<SettingName, { title: string; command: string }>> = {
  'account-rules': { title: 'list of account rules', command: 'rollcall accounts rules set …' },
  prices: { title: 'price list', command: 'rollcall billing prices set FILE' },
};

type Sealed = Pick<StoredSetting, 'name' | 'version' | 'document'>;

function sealed({ name, version, document }: Sealed): readonly unknown[] {
  return ['setting', name, version, document];
}

/** The document of a setting whose seal is right: whoever can write to the database alone cannot change it. Throws AppError('unconfirmed'). */
export function confirmedDocument(key: SealKey, setting: StoredSetting): unknown {
  if (isSealed(key, sealed(setting), setting.seal)) return setting.document;
  const { title, command } = WORDS[setting.name];
  throw new AppError('unconfirmed', `the ${title} is not sealed with the key of this inventory`, {
    hint: `nothing was done by it; set it again: ${command}`,
  });
}

/** Stores the next version; returns its number. Throws AppError('locked') if somebody else has stored one meanwhile. */
export async function addSetting(
  settings: Pick<SettingRepository, 'newest' | 'add'>,
  key: SealKey,
  { name, document, setAt, setBy }: Pick<StoredSetting, 'document' | 'setAt' | 'setBy'> & { name: SettingName },
): Promise<number> {
  const version = ((await settings.newest(name))?.version ?? 0) + 1;
  const next = { name, version, document };
  const isAdded = await settings.add({ ...next, seal: seal(key, sealed(next)), setAt, setBy });
  if (isAdded) return version;
  const { title, command } = WORDS[name];
  throw new AppError('locked', `somebody else has set the ${title} at the same time; nothing was changed`, {
    hint: `look at it, and set it again: ${command}`,
    retryable: true,
  });
}
