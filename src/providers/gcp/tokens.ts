import { AppError } from '../../types/errors.ts';

export const READ_ONLY = 'https://www.googleapis.com/auth/cloud-platform.read-only';
/** That of a login which only asks for the token of another account. */
const ANY = 'https://www.googleapis.com/auth/cloud-platform';
/** What a service account signs is good for an hour. */
const SIGNED_MS = 55 * 60_000;

export interface AccessToken {
  value: string;
  /** Epoch milliseconds; null: not told. */
  endsAtMs: number | null;
  /** The project that the calls of a user are counted for; absent: the one that is asked. */
  quotaProject?: string;
}

/** Gives a token of the vendor's library, or one that was given. Throws AppError('unauthenticated'). */
export type TokenSource = () => Promise<AccessToken>;

/**
 * `secret`: the key of a service account in JSON, or a token; `login` says which. `clock`: epoch milliseconds of this machine, which
 * signs with it.
 */
export function tokenSource(
  { login, secret }: { login: string; secret?: string | undefined },
  clock: () => number = Date.now,
): TokenSource {
  if (login === 'token') return async () => ({ value: secret ?? '', endsAtMs: null });
  return async () => {
    const { GoogleAuth } = await import('./google-auth.ts');
    const auth = new GoogleAuth({
      scopes: [login.startsWith('impersonate:') ? ANY : READ_ONLY],
      ...(login === 'service-account' && { credentials: parseKey(secret ?? '') }),
    });
    // A service account signs its tokens itself: nothing is asked for.
    auth.useJWTAccessWithScope = true;
    try {
      const client = await auth.getClient();
      const headers = await client.getRequestHeaders();
      const value = headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
      const quotaProject = headers.get('x-goog-user-project');
      const endsAtMs = client.credentials.expiry_date ?? clock() + SIGNED_MS;
      return { value, endsAtMs, ...(quotaProject !== null && { quotaProject }) };
    } catch (error) {
      throw new AppError('unauthenticated', `Google Cloud gives no access token: ${reasonOf(error)}`, {
        hint: 'Log in with `gcloud auth application-default login`, or give --login service-account with --secret file:/path/key.json',
      });
    }
  };
}

/** In one line; the library's texts name files and accounts, and no secrets. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'no reason given';
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}

/** Throws AppError('configuration'), in which nothing of the key appears. */
function parseKey(text: string): { client_email: string; private_key: string } {
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    key = null;
  }
  if (typeof key === 'object' && key !== null && 'client_email' in key && 'private_key' in key) {
    const { client_email: email, private_key: pem } = key;
    if (typeof email === 'string' && typeof pem === 'string') return { client_email: email, private_key: pem };
  }
  throw new AppError('configuration', 'the secret is not the key of a service account', {
    hint: 'give the JSON file that `gcloud iam service-accounts keys create` wrote: --secret file:/path/key.json',
  });
}
