import type { Environment } from '../../app/config/environment.ts';
import { hasKeyring, parseKeyringReference, systemKeyring } from '../../app/config/keyring.ts';
import type { CredentialFlags } from '../../app/config/provider-settings.ts';
import { secretFile, writeSecretFile } from '../../app/config/secret-file.ts';
import type { Keyring } from '../../app/machine.ts';
import type { Credential } from '../../types/provider.ts';
import { escapeText } from '../output/escape.ts';
import type { Ask } from '../output/io.ts';
import { askUntil, type Refusal } from './ask-until.ts';

/** Flags with a reference for every secret, and the secrets that were asked for and are not kept yet, by reference. */
export interface AskedSecrets {
  flags: CredentialFlags;
  given: ReadonlyMap<string, string>;
}

interface Asking {
  ask: Ask;
  /** Says why an answer is asked for again. */
  refuse: (refusal: Refusal) => void;
  keyring?: Keyring | undefined;
  env: Environment;
  /** Of the provider. */
  name: string;
  stored: Credential | null;
}

/** Asks without echo for the secrets that flags leave open, and for those of a keyring that has no such entry yet. */
export async function askForSecrets(flags: CredentialFlags, asking: Asking): Promise<AskedSecrets> {
  const given = new Map<string, string>();
  const { tokenId, user } = flags;
  const complete = { ...flags };
  if (tokenId !== undefined && flags.secret === undefined && asking.stored?.kind !== 'token') {
    complete.secret = await askAndPlace(`Secret of the token ${tokenId}`, asking.name, asking, given);
  }
  if (user !== undefined && flags.password === undefined && asking.stored?.kind !== 'password') {
    complete.password = await askAndPlace(`Password of ${user}`, asking.name, asking, given);
  }
  const words = {
    secret: 'Secret of the token',
    password: 'Password',
    totp: 'Key of the second factor (base32)',
  } as const;
  for (const key of ['secret', 'password', 'totp'] as const) {
    const reference = complete[key];
    if (reference?.startsWith('keyring:') && !given.has(reference) && !(await isInKeyring(reference, asking.keyring))) {
      given.set(reference, await required(asking, `${words[key]}, to be kept as ${reference}`));
    }
  }
  return { flags: complete, given };
}

async function isInKeyring(reference: string, keyring: Keyring = systemKeyring): Promise<boolean> {
  const { service, account } = parseKeyringReference(reference.slice('keyring:'.length));
  return Boolean(await keyring.get(service, account));
}

async function askAndPlace(
  message: string,
  name: string,
  { ask, refuse, keyring = systemKeyring, env }: Asking,
  given: Map<string, string>,
): Promise<string> {
  const secret = await required({ ask, refuse }, message);
  const [file, entry] = [`file:${secretFile(name, env)}`, `keyring:rollcall/${name}`];
  const place = (await hasKeyring(keyring))
    ? await ask.choose(escapeText('Keep it in'), [
        { value: entry, name: escapeText(`the keyring of this system (${entry})`) },
        { value: file, name: escapeText(`a file that only you can read (${file})`) },
      ])
    : file;
  given.set(place, secret);
  return place;
}

/** Asks until something is entered. */
function required({ ask, refuse }: Pick<Asking, 'ask' | 'refuse'>, message: string): Promise<string> {
  return askUntil(() => ask.secret(escapeText(message)), { check: (secret) => secret, refuse });
}

/** The same secrets once more, which the server has refused. They stay where the first ones would have been kept. */
export async function askAgain(
  given: ReadonlyMap<string, string>,
  asking: Pick<Asking, 'ask' | 'refuse'>,
): Promise<ReadonlyMap<string, string>> {
  const again = new Map<string, string>();
  for (const reference of given.keys()) again.set(reference, await required(asking, `Secret for ${reference}`));
  return again;
}

/** Puts secrets where their references point to. */
export async function keepSecrets(given: ReadonlyMap<string, string>, keyring: Keyring = systemKeyring): Promise<void> {
  for (const [reference, secret] of given) {
    if (reference.startsWith('file:')) writeSecretFile(reference.slice('file:'.length), secret);
    else {
      const { service, account } = parseKeyringReference(reference.slice('keyring:'.length));
      await keyring.set(service, account, secret);
    }
  }
}
