import type { Connection } from '../repositories/db/connection.ts';
import { ActionRepository } from '../repositories/people/action-repository.ts';
import { LoginDelayRepository } from '../repositories/people/login-delay-repository.ts';
import { SessionRepository } from '../repositories/people/session-repository.ts';
import { TokenRepository } from '../repositories/people/token-repository.ts';
import { UserRepository } from '../repositories/people/user-repository.ts';
import { ActionLog } from '../services/people/action-log.ts';
import { Passwords } from '../services/people/passwords.ts';
import { PeopleService } from '../services/people/people-service.ts';
import { SessionService } from '../services/people/session-service.ts';
import { TokenService } from '../services/people/token-service.ts';
import { UserService } from '../services/people/user-service.ts';
import type { Machine } from './machine.ts';

/** Users, sessions, tokens and what was done. */
export function openPeople(
  connection: Connection,
  { clock, newId }: Pick<Machine, 'clock' | 'newId'>,
  { passwords = new Passwords() }: { passwords?: Passwords } = {},
): PeopleService {
  const users = new UserRepository(connection);
  const sessions = new SessionRepository(connection);
  const actions = new ActionLog(new ActionRepository(connection), { clock, newId });
  const delays = new LoginDelayRepository(connection);
  const tokens = new TokenRepository(connection);
  return new PeopleService({
    users: new UserService({ users, sessions, passwords, actions, clock, newId }),
    sessions: new SessionService({ users, sessions, delays, passwords, actions, clock, newId }),
    tokens: new TokenService({ users, tokens, actions, clock, newId }),
    actions,
  });
}
