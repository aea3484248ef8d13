import * as z from 'zod';
import { ACTION_OUTCOMES, TOKEN_STATES, USER_STATES } from '../types/people.ts';
import { CHANNELS, ROLES } from '../types/principal.ts';
import { time } from './common.ts';

export const role = z.enum(ROLES).meta({ id: 'Role' });

const names = z.array(z.string().min(1).max(200)).max(500);

/** null in its place: everything. An empty list restricts nothing. */
export const scope = z
  .object({ providers: names, pools: names, tags: names })
  .meta({ id: 'Scope', examples: [{ providers: ['p5x0c2vd8k1m3n7q'], pools: [], tags: ['shop'] }] });

const password = z.string().min(1).max(4096);
const userName = z.string().min(1).max(100);
const displayName = z.string().min(1).max(200);
/** Whose servers a customer sees. */
const account = z.string().min(1).max(300).describe('name or id of an account, or SYSTEM:VALUE');

export const loginBody = z
  .object({ name: userName, password })
  .meta({ id: 'Login', examples: [{ name: 'alice', password: 'several words in a row' }] });

/** What the page sets a password with. */
export const invitationBody = z
  .object({ password })
  .meta({ id: 'InvitationAnswer', examples: [{ password: 'several words in a row' }] });

export const invitationParams = z.object({ secret: z.string().max(200) });

/** Who asks, and how somebody can log in. */
export const session = z
  .object({
    /** null: nobody. */
    principal: z
      .object({ name: z.string(), role, scope: scope.nullable(), via: z.enum(['session', 'token', 'local']) })
      .nullable(),
    /** To be sent as `x-rollcall-csrf` with what changes something; null where no cookie is used. */
    csrf: z.string().nullable(),
    expiresAt: time.nullable(),
    login: z.object({
      /** Whether there is anybody who could log in. */
      hasUsers: z.boolean(),
      password: z.boolean(),
      /** Where to go for a login by the identity provider, and its name; null: there is none. */
      oidc: z.object({ path: z.string(), label: z.string() }).nullable(),
    }),
  })
  .meta({ id: 'Session' });

export const user = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string().nullable(),
    role,
    scope: scope.nullable(),
    accountKey: z.string().nullable().describe('of a customer: id of the account, or SYSTEM:VALUE'),
    state: z.enum(USER_STATES),
    hasPassword: z.boolean(),
    issuer: z.string().nullable(),
    inviteUntil: time.nullable(),
    createdAt: time,
    createdBy: z.string(),
    disabledAt: time.nullable(),
    lastLoginAt: time.nullable(),
  })
  .meta({ id: 'User' });

export const users = z.object({ users: z.array(user) }).meta({ id: 'Users' });

export const userBody = z
  .strictObject({
    name: userName,
    displayName: displayName.nullish(),
    role: role.optional(),
    scope: scope.nullish(),
    account: account.optional(),
  })
  .meta({ id: 'NewUser', examples: [{ name: 'bob', role: 'operator' }] });

export const userPatch = z
  .strictObject({
    displayName: displayName.nullable().optional(),
    role: role.optional(),
    scope: scope.nullable().optional(),
    account: account.optional(),
    isDisabled: z.boolean().optional(),
  })
  .meta({ id: 'UserPatch', examples: [{ role: 'viewer' }, { isDisabled: true }] });

/** Told once: whoever opens the link first sets the password. */
export const invitation = z.object({ path: z.string(), until: time }).meta({ id: 'Invitation' });

export const addedUser = z.object({ user, invitation }).meta({ id: 'AddedUser' });

export const token = z
  .object({
    id: z.string(),
    user: z.string(),
    name: z.string(),
    role,
    scope: scope.nullable(),
    state: z.enum(TOKEN_STATES),
    createdAt: time,
    createdBy: z.string(),
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'Token' });

export const tokens = z.object({ tokens: z.array(token) }).meta({ id: 'Tokens' });

export const tokenBody = z
  .strictObject({
    name: z.string().min(1).max(100),
    role: role.optional(),
    scope: scope.nullish(),
    /** null: never. */
    expiresAt: time.nullable(),
  })
  .meta({ id: 'NewToken', examples: [{ name: 'ci', role: 'viewer', expiresAt: '2027-03-01T00:00:00.000Z' }] });

/** `secret` is told once. */
export const madeToken = z.object({ token, secret: z.string() }).meta({ id: 'MadeToken' });

export const userParams = z.object({ id: z.string().max(200) });
export const tokenParams = z.object({ id: z.string().max(200), token: z.string().max(200) });

export const action = z
  .object({
    id: z.string(),
    at: time,
    actor: z.string(),
    via: z.enum(CHANNELS),
    address: z.string().nullable(),
    action: z.string(),
    target: z.string().nullable(),
    detail: z.unknown(),
    outcome: z.enum(ACTION_OUTCOMES),
  })
  .meta({ id: 'Action' });

/** `next`: the cursor of older ones; null: there are none. */
export const actions = z.object({ actions: z.array(action), next: z.string().nullable() }).meta({ id: 'Actions' });

export const actionQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  target: z.string().max(300).optional(),
});

export type Session = z.infer<typeof session>;
export type User = z.infer<typeof user>;
export type Token = z.infer<typeof token>;
export type Action = z.infer<typeof action>;
