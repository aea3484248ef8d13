import type { AccessScope, Channel, Role } from './principal.ts';

/** A person who may use the server. */
export interface StoredUser {
  id: string;
  /** In lower case. */
  name: string;
  displayName: string | null;
  role: Role;
  /** null: everything. */
  scope: AccessScope | null;
  /** Of a customer: id of the account, or `SYSTEM:VALUE`. */
  accountKey: string | null;
  passwordHash: string | null;
  /** Until when a link that sets a password counts; null: there is none. */
  inviteUntil: Date | null;
  /** Of OpenID Connect. */
  issuer: string | null;
  subject: string | null;
  createdAt: Date;
  createdBy: string;
  disabledAt: Date | null;
  lastLoginAt: Date | null;
}

export interface StoredSession {
  /** SHA-256 of the secret in the cookie. */
  id: string;
  userId: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  address: string;
}

export interface StoredToken {
  id: string;
  userId: string;
  name: string;
  role: Role;
  /** null: that of its user. */
  scope: AccessScope | null;
  createdAt: Date;
  createdBy: string;
  /** null: never. */
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** Who changes something, and from where. */
export interface Actor {
  /** Name of the user; of the operating system's user on the command line. */
  name: string;
  via: Channel;
  address: string | null;
}

/** `invited`: an invitation waits and there is no password yet; `no-login`: neither. */
export const USER_STATES = ['active', 'invited', 'no-login', 'disabled'] as const;
export type UserState = (typeof USER_STATES)[number];

export const TOKEN_STATES = ['active', 'expired', 'revoked'] as const;
export type TokenState = (typeof TOKEN_STATES)[number];

export const ACTION_OUTCOMES = ['done', 'refused'] as const;
export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];

/** What is to be recorded of an actor. */
export interface Action {
  action: string;
  target?: string | null;
  /** Never a secret. */
  detail?: unknown;
  outcome?: ActionOutcome;
}

/** One entry of the record of actions. */
export interface ActionRecord {
  id: string;
  at: Date;
  actor: string;
  via: Channel;
  address: string | null;
  /** `user.add`, `login`, `token.revoke`, `provider.change`. */
  action: string;
  /** Name of a user or provider, `USER/NAME` of a token, id of an operation. */
  target: string | null;
  detail: unknown;
  outcome: ActionOutcome;
}
