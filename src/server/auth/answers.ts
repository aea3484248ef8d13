import type { Action, Token, User } from '../../protocol/people.ts';
import type { ShownToken, ShownUser } from '../../services/people/shown-user.ts';
import type { ActionRecord } from '../../types/people.ts';
import type { AccessScope } from '../../types/principal.ts';

export function toIso(time: Date): string;
export function toIso(time: Date | null): string | null;
export function toIso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}

export function toScopeAnswer(scope: AccessScope | null): User['scope'] {
  return scope && { providers: [...scope.providers], pools: [...scope.pools], tags: [...scope.tags] };
}

export function toUserAnswer(user: ShownUser): User {
  return {
    ...user,
    scope: toScopeAnswer(user.scope),
    inviteUntil: toIso(user.inviteUntil),
    createdAt: toIso(user.createdAt),
    disabledAt: toIso(user.disabledAt),
    lastLoginAt: toIso(user.lastLoginAt),
  };
}

export function toTokenAnswer(token: ShownToken): Token {
  return {
    ...token,
    scope: toScopeAnswer(token.scope),
    createdAt: toIso(token.createdAt),
    expiresAt: toIso(token.expiresAt),
    lastUsedAt: toIso(token.lastUsedAt),
    revokedAt: toIso(token.revokedAt),
  };
}

export function toActionAnswer(record: ActionRecord): Action {
  return { ...record, at: toIso(record.at) };
}
