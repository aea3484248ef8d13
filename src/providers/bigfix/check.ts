import { AppError } from '../../types/errors.ts';
import { clockStep, failed, passed, warned } from '../check-steps.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { BigfixClient } from './bigfix-client.ts';
import { describePartialView } from './operator-view.ts';

export interface CheckOptions {
  /** Name of the operator. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  client: BigfixClient,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const login = await attempt(client.login(signal));
  if (login instanceof AppError) {
    yield failed(
      login.code === 'unauthenticated' || login.code === 'forbidden' ? 'authentication' : 'connection',
      login,
    );
    return;
  }
  yield passed('connection', `BigFix answers at ${client.endpoint}`);
  yield passed('authentication', `the server accepts the password of ${account}`);
  const masthead = await attempt(client.masthead(signal));
  yield masthead instanceof AppError
    ? failed('identity', masthead)
    : passed('identity', `${masthead.server}, masthead ${masthead.serial}`);
  const list = await attempt(client.computers(signal));
  yield list instanceof AppError
    ? failed('computers', list)
    : passed('computers', `${list.computers.length} computers`);
  yield describeView(await attempt(client.isMaster(signal)), account);
  const facts = await attempt(client.facts(signal));
  yield facts instanceof AppError ? failed('query', facts) : passed('query', `facts of ${facts.size} computers`);
  yield warned(
    'attribution',
    'BigFix records who issued actions, and not who changed a computer: nobody is named for a change',
  );
  yield clockStep(client.clockSkewMs());
}

/** Nothing more than reading is needed; whoever sees less than everything is told what follows. */
function describeView(master: boolean | AppError, account: string): ConnectionCheck {
  if (master === true) return passed('permissions', `${account} is a master operator, who sees all computers`);
  const { message, hint } = describePartialView(master, account);
  return warned('permissions', `${message}, and none counts as removed`, hint);
}
