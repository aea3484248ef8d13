import {
  ACTION_OUTCOMES,
  type ActionRecord,
  type StoredSession,
  type StoredToken,
  type StoredUser,
} from '../../types/people.ts';
import { type AccessScope, CHANNELS, ROLES } from '../../types/principal.ts';
import type { Row } from '../db/row.ts';
import { isAnything } from '../db/stored-shape.ts';

export const USER_COLUMNS = [
  'id',
  'name',
  'displayName',
  'role',
  'scope',
  'accountKey',
  'passwordHash',
  'inviteUntil',
  'issuer',
  'subject',
  'createdAt',
  'createdBy',
  'disabledAt',
  'lastLoginAt',
] as const;

export const SESSION_COLUMNS = ['id', 'userId', 'createdAt', 'lastUsedAt', 'expiresAt', 'address'] as const;

export const TOKEN_COLUMNS = [
  'id',
  'userId',
  'name',
  'role',
  'scope',
  'createdAt',
  'createdBy',
  'expiresAt',
  'lastUsedAt',
  'revokedAt',
] as const;

export function toUser(row: Row): StoredUser {
  return {
    id: row.text('id'),
    name: row.text('name'),
    displayName: row.textOrNull('displayName'),
    role: row.word('role', ROLES),
    scope: row.jsonOrNull('scope', isScope),
    accountKey: row.textOrNull('accountKey'),
    passwordHash: row.textOrNull('passwordHash'),
    inviteUntil: row.timeOrNull('inviteUntil'),
    issuer: row.textOrNull('issuer'),
    subject: row.textOrNull('subject'),
    createdAt: row.time('createdAt'),
    createdBy: row.text('createdBy'),
    disabledAt: row.timeOrNull('disabledAt'),
    lastLoginAt: row.timeOrNull('lastLoginAt'),
  };
}

export function toSession(row: Row): StoredSession {
  return {
    id: row.text('id'),
    userId: row.text('userId'),
    createdAt: row.time('createdAt'),
    lastUsedAt: row.time('lastUsedAt'),
    expiresAt: row.time('expiresAt'),
    address: row.text('address'),
  };
}

export function toToken(row: Row): StoredToken {
  return {
    id: row.text('id'),
    userId: row.text('userId'),
    name: row.text('name'),
    role: row.word('role', ROLES),
    scope: row.jsonOrNull('scope', isScope),
    createdAt: row.time('createdAt'),
    createdBy: row.text('createdBy'),
    expiresAt: row.timeOrNull('expiresAt'),
    lastUsedAt: row.timeOrNull('lastUsedAt'),
    revokedAt: row.timeOrNull('revokedAt'),
  };
}

export function toAction(row: Row): ActionRecord {
  return {
    id: row.text('id'),
    at: row.time('at'),
    actor: row.text('actor'),
    via: row.word('via', CHANNELS),
    address: row.textOrNull('address'),
    action: row.text('action'),
    target: row.textOrNull('target'),
    detail: row.jsonOrNull('detail', isAnything),
    outcome: row.word('outcome', ACTION_OUTCOMES),
  };
}

function isScope(value: unknown): value is AccessScope {
  if (typeof value !== 'object' || value === null) return false;
  return ['providers', 'pools', 'tags'].every((key) => {
    const list: unknown = Reflect.get(value, key);
    return Array.isArray(list) && list.every((text) => typeof text === 'string');
  });
}
