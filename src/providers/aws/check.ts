import { AppError } from '../../types/errors.ts';
import { clockStep, failed, passed, warned } from '../check-steps.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { AwsClient, Place } from './aws-client.ts';
import { type Discovery, findAccounts } from './discover.ts';
import type { AccountPlan } from './plan-accounts.ts';
import { callerPolicy, readPolicy, trustPolicy } from './policy.ts';

export interface CheckOptions {
  /** The way to log in. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** So far back events are asked for. */
const EVENTS_MS = 60_000;

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  discovery: Discovery,
  { account: login, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const { client, scopes, clock } = discovery;
  const found = await attempt(findAccounts(discovery, signal));
  if (found instanceof AppError) {
    yield failed(found.code === 'unauthenticated' ? 'authentication' : 'connection', found);
    return;
  }
  const { caller, arn, planned } = found;
  yield passed('authentication', `AWS takes the credential by ${login}: ${arn}`);
  const role = scopes.find(({ what }) => what !== 'self')?.role ?? 'rollcall';
  if (planned.failure !== null) yield refused('accounts', planned.failure, `the credential ${callerPolicy(role)}`);
  else yield passed('accounts', `${planned.plans.length} to read`);
  let first: Place | null = null;
  for (const plan of planned.plans) {
    const { step, place } = await checkAccount(client, plan, { caller, signal });
    yield step;
    first ??= place;
  }
  if (first !== null) yield* checkPlace(client, first, { since: new Date(clock().getTime() - EVENTS_MS), signal });
  yield clockStep(client.clockSkewMs());
}

async function checkAccount(
  client: AwsClient,
  { account, name, role, regions }: AccountPlan,
  { caller, signal }: { caller: string; signal: AbortSignal | undefined },
): Promise<{ step: ConnectionCheck; place: Place | null }> {
  const what = `account ${account}`;
  const session = client.session(account, role);
  const keys = await attempt(session.keys.current(signal));
  if (keys instanceof AppError) {
    const policies = `the role ${role ?? ''} of ${account} the trust ${trustPolicy(caller)} and the policy ${readPolicy()}, and the credential ${callerPolicy(role ?? '')}`;
    return { step: refused(what, keys, policies), place: null };
  }
  const told = regions === null ? await attempt(client.regions(session, signal)) : [...regions];
  if (told instanceof AppError) return { step: refused(what, told, readPolicy()), place: null };
  const [region] = told;
  const by = role === null ? 'by the credential itself' : `by the role ${role}`;
  const step = passed(what, `${name === null ? '' : `${name}, `}${by}; ${told.length} regions`);
  return { step, place: region === undefined ? null : { ...session, region } };
}

/** One region stands for all of them: the rights are those of an account. */
async function* checkPlace(
  client: AwsClient,
  place: Place,
  { since, signal }: { since: Date; signal: AbortSignal | undefined },
): AsyncIterable<ConnectionCheck> {
  const where = `${place.region} of account ${place.account}`;
  const instances = await attempt(client.instances(place, signal));
  yield instances instanceof AppError
    ? refused('instances', instances, readPolicy())
    : passed('instances', `${instances.length} in ${where}`);
  const details = [
    ['volumes', () => client.volumes(place, signal)],
    ['instance types', () => client.types(place, ['t3.micro'], signal)],
    ['images', () => client.images(place, ['ami-00000000000000000'], signal)],
  ] as const;
  for (const [step, read] of details) {
    const rows = await attempt<readonly unknown[]>(read());
    yield rows instanceof AppError ? refused(step, rows, readPolicy()) : passed(step, `can be read in ${where}`);
  }
  const events = await attempt(client.events(place, since, signal));
  yield events instanceof AppError
    ? warned('attribution', events.message, refused('attribution', events, readPolicy()).hint)
    : passed('attribution', `CloudTrail tells who did what in ${where}, up to 15 minutes late`);
}

/** A right that is missing is told with the policy that gives it. */
function refused(step: string, { code, message, hint }: AppError, policy: string): ConnectionCheck {
  if (code === 'forbidden') return failed('permissions', { message, hint: `give ${policy}` });
  return failed(step, { message, hint });
}
