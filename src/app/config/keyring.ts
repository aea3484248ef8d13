import { AppError } from '../../types/errors.ts';
import type { Keyring } from '../machine.ts';

/** Of Linux only the Secret Service (GNOME Keyring, KWallet, KeePassXC): the kernel's keyring forgets at the next start. */
const OPTIONS = { linux: { store: 'secret-service' } } as const;

/** The operating system's keyring, through an optional package. */
export const systemKeyring: Keyring = {
  async get(service, account) {
    const entry = await openEntry(service, account);
    try {
      return (await entry.getPassword()) ?? null;
    } catch (error) {
      throw unavailable(error);
    }
  },
  async set(service, account, secret) {
    const entry = await openEntry(service, account);
    try {
      await entry.setPassword(secret);
    } catch (error) {
      throw unavailable(error);
    }
  },
};

async function openEntry(service: string, account: string) {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    return new AsyncEntry(service, account, OPTIONS);
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): AppError {
  const told = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  const why = told.split('\n')[0] ?? '';
  return new AppError('configuration', `no keyring can be used here${why === '' ? '' : ` (${why})`}`, {
    hint: 'a keyring needs a desktop session, or D-Bus with a Secret Service; keep the secret in a file: --secret file:/path (mode 600)',
  });
}

/** `keyring:SERVICE/ACCOUNT`. Throws AppError('configuration') for another form. */
export function parseKeyringReference(rest: string): { service: string; account: string } {
  const [, service, account] = /^([^/]+)\/(.+)$/.exec(rest) ?? [];
  if (service !== undefined && account !== undefined) return { service, account };
  throw new AppError('configuration', 'a reference to the keyring has a service and an account', {
    hint: 'write it as keyring:rollcall/prod',
  });
}

/** Throws AppError('configuration') where there is no keyring, and no such entry in it. */
export async function readKeyring(
  rest: string,
  keyring: Keyring,
  { provider, option = '--secret' }: { provider?: string | undefined; option?: string } = {},
): Promise<string> {
  const { service, account } = parseKeyringReference(rest);
  const secret = (await keyring.get(service, account))?.trim();
  if (secret) return secret;
  throw new AppError('configuration', `the keyring has no entry ${service}/${account}`, {
    hint:
      provider === undefined
        ? 'run the same command on a terminal, where it asks for the secret and keeps it there'
        : `store it on a terminal: rollcall providers update ${provider} ${option} keyring:${service}/${account}`,
  });
}

/** Whether there is one that can be asked. */
export async function hasKeyring(keyring: Keyring): Promise<boolean> {
  try {
    await keyring.get('rollcall', 'availability');
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
