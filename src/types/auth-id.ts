/**
 * User and token ids. A user's name may hold `@` and `!` itself (`jane@mail.example@entra`); realms and names of tokens may
 * not, so an id is read from its end. Source: pve-access-control src/PVE/Auth/Plugin.pm (user_regex, realm_regex),
 * AccessControl.pm (token_full_regex). The server wants two letters for a realm and a token; one is let through here.
 */
export const USER_ID = /^[^\s:/]+@[A-Za-z][\w.-]*$/;
export const TOKEN_ID = /^([^\s:/]+@[A-Za-z][\w.-]*)!([A-Za-z][\w.-]*)$/;
const TOKEN_WITH_SECRET = /^([^\s:/]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*)=(.+)$/s;

/** `user@realm`. */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/** `user@realm!name`. */
export function isTokenId(text: string): boolean {
  return TOKEN_ID.test(text);
}

/** Splits `user@realm!name` into the user and the name of its API token. */
export function splitAuthId(authId: string): { user: string; token: string | null } {
  const [, user = authId, token = null] = TOKEN_ID.exec(authId) ?? [];
  return { user, token };
}

/** Splits `user@realm!name=secret`; null for a text that is no token with its secret. */
export function splitApiToken(text: string): { tokenId: string; secret: string } | null {
  const [, tokenId, secret] = TOKEN_WITH_SECRET.exec(text) ?? [];
  return tokenId === undefined || secret === undefined ? null : { tokenId, secret };
}
