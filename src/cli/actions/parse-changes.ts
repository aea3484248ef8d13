import { isSecretKey } from '../../text/mask-secrets.ts';
import type { Action } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';

export interface AskedValues {
  set: Readonly<Record<string, string>>;
  remove: readonly string[];
}

/** `memory`, `net0`, `net0.tag`, `import-working-storage`. */
const NAME = /^[a-z][a-z0-9_-]{0,63}(?:\.[A-Za-z][\w-]{0,63})?$/;

/** Values and keys as they are typed: `memory=4096`, `net0.tag=20`; what is behind the first `=` is the value. Throws AppError('usage'). */
export function parseChanges(pairs: readonly string[], removed: readonly string[]): AskedValues {
  const set = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals));
    if (equals < 0) throw new AppError('usage', 'a change is KEY=VALUE', { hint: whatWasMeant(pair) });
    requireName(name);
    if (set.has(name)) throw new AppError('usage', `${name} is given twice`, { hint: 'give it once' });
    set.set(name, pair.slice(equals + 1));
  }
  for (const name of removed) {
    requireName(name);
    if (set.has(name)) throw new AppError('usage', `${name} is set and deleted`, { hint: 'give one of both' });
  }
  if (set.size === 0 && removed.length === 0) {
    throw new AppError('usage', 'there is nothing to change', {
      hint: 'rollcall set web-01 memory=4096 --delete net1',
    });
  }
  return {
    set: Object.fromEntries([...set].sort(([a], [b]) => (a < b ? -1 : 1))),
    remove: [...new Set(removed)].sort(),
  };
}

/** Not shown where it may be a secret. */
function whatWasMeant(text: string): string {
  if (!/^[\w.-]{1,64}$/.test(text)) return 'rollcall set web-01 memory=4096 cores=2';
  return `of several guests the first argument is a selector; ${text} is neither KEY=VALUE nor an option`;
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  const shown = /^[\w.-]{1,64}$/.test(name) ? `${name} is no key` : 'a key is missing';
  throw new AppError('usage', `${shown} of a configuration`, { hint: 'as in memory=4096, or of a part net0.tag=20' });
}

/** Values of keys that hold a secret, by the references that are given for them. `resolve` throws AppError. */
export async function withSecrets(
  { set, remove }: AskedValues,
  resolve: (key: string, reference: string) => Promise<string>,
): Promise<Extract<Action, { verb: 'set' }>> {
  const values = Object.entries(set).map(async ([key, value]): Promise<[string, string]> => {
    if (!isSecretKey(key)) return [key, value];
    return [key, encoded(key, await resolve(key, value))];
  });
  return { verb: 'set', set: Object.fromEntries(await Promise.all(values)), remove };
}

/** Keys for SSH are sent encoded as in a URL. Source: qemu-server src/PVE/QemuServer.pm, `sshkeys` has the format urlencoded. */
function encoded(key: string, value: string): string {
  return key === 'sshkeys' && /\s/.test(value) ? encodeURIComponent(value) : value;
}
