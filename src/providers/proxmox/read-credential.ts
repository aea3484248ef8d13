import type { ProxmoxClient } from '../../api/proxmox-client.ts';
import type { CallOptions } from '../../api/pve-types.ts';
import { AppError } from '../../types/errors.ts';
import type { CredentialEnd } from '../../types/inner-facts.ts';

interface Reading {
  client: ProxmoxClient;
  call: CallOptions;
  onCredential: (credential: CredentialEnd) => void;
}

/**
 * Reads until when the credential is valid: a token ends with itself or with its user, whichever is first. Where it may not be read
 * there is no end; where it could not be, nothing is told.
 */
export async function readCredential({ client, call, onCredential }: Reading): Promise<void> {
  const name = client.credentialName;
  const [userid = name, token] = name.split('!');
  try {
    const { expire, tokens } = await client.getUser(userid, call);
    const own = token === undefined || !Object.hasOwn(tokens, token) ? undefined : tokens[token];
    const ends = [expire, own?.expire ?? 0].filter((seconds) => seconds > 0);
    onCredential({ name, endsAt: ends.length === 0 ? null : timeOf(Math.min(...ends)) });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'forbidden') onCredential({ name, endsAt: null });
  }
}

/** null: beyond the last time that a Date can hold. */
function timeOf(seconds: number): Date | null {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? null : time;
}
