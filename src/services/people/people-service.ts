import type { Principal } from '../../types/principal.ts';
import type { ActionLog } from './action-log.ts';
import type { SessionService } from './session-service.ts';
import type { TokenService } from './token-service.ts';
import type { UserService } from './user-service.ts';

export interface PeopleParts {
  users: UserService;
  sessions: SessionService;
  tokens: TokenService;
  actions: ActionLog;
}

/** Who asks, while nobody has a user: whoever reaches the server from its own machine. */
const LOCAL: Principal = {
  userId: null,
  name: 'local',
  role: 'viewer',
  scope: null,
  accountKey: null,
  via: 'local',
  credentialId: null,
  expiresAt: null,
};

/** People, their credentials and what they did. */
export class PeopleService {
  readonly users: UserService;
  readonly sessions: SessionService;
  readonly tokens: TokenService;
  readonly actions: ActionLog;

  constructor({ users, sessions, tokens, actions }: PeopleParts) {
    this.users = users;
    this.sessions = sessions;
    this.tokens = tokens;
    this.actions = actions;
  }

  /** Whom a credential belongs to; null: to nobody, or it counts no more. */
  async principalOf(credential: { cookie: string } | { bearer: string }): Promise<Principal | null> {
    return 'cookie' in credential
      ? this.sessions.principalOf(credential.cookie)
      : this.tokens.principalOf(credential.bearer);
  }

  /** The local user; null as soon as there is a user. Ask only on behalf of the server's own machine. */
  async local(): Promise<Principal | null> {
    return (await this.users.hasAny()) ? null : LOCAL;
  }

  /** Whether somebody may still do what was allowed: false also if role, scope or account are others now. Does not lengthen a session. */
  async validate({ via, credentialId, role, scope, accountKey }: Principal): Promise<boolean> {
    if (via === 'local') return (await this.local()) !== null;
    if (credentialId === null) return false;
    const now = await (via === 'session' ? this.sessions.find(credentialId) : this.tokens.find(credentialId));
    if (now === null || now.role !== role || now.accountKey !== accountKey) return false;
    return JSON.stringify(now.scope) === JSON.stringify(scope);
  }
}
