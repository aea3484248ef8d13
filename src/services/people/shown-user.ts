import type { StoredToken, StoredUser, TokenState, UserState } from '../../types/people.ts';
import type { AccessScope, Role } from '../../types/principal.ts';

/** A user as others may see them: no hashes. */
export interface ShownUser {
  id: string;
  name: string;
  displayName: string | null;
  role: Role;
  /** Providers by id; null: everything. */
  scope: AccessScope | null;
  /** Of a customer: id of the account, or `SYSTEM:VALUE`. */
  accountKey: string | null;
  state: UserState;
  hasPassword: boolean;
  /** Of OpenID Connect; null: the user logs in by a password. */
  issuer: string | null;
  inviteUntil: Date | null;
  createdAt: Date;
  createdBy: string;
  disabledAt: Date | null;
  lastLoginAt: Date | null;
}

export function toShownUser(user: StoredUser, now: Date): ShownUser {
  const { passwordHash, subject: _, inviteUntil, ...shown } = user;
  const isInvited = inviteUntil !== null && inviteUntil > now;
  const hasPassword = passwordHash !== null;
  const canLogin = hasPassword || user.issuer !== null;
  const state = user.disabledAt ? 'disabled' : canLogin ? 'active' : isInvited ? 'invited' : 'no-login';
  return { ...shown, inviteUntil: isInvited ? inviteUntil : null, hasPassword, state };
}

export interface ShownToken extends Omit<StoredToken, 'userId'> {
  user: string;
  state: TokenState;
}

export function toShownToken({ userId: _, ...token }: StoredToken, user: string, now: Date): ShownToken {
  const isExpired = token.expiresAt !== null && token.expiresAt <= now;
  return { ...token, user, state: token.revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'active' };
}
