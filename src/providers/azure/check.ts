import { AppError } from '../../types/errors.ts';
import { clockStep, failed, passed, warned } from '../check-steps.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { Subscription } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import type { Discovery } from './discover.ts';
import { placeOf } from './read-subscription.ts';
import { roleCommand } from './role.ts';
import { chooseSubscriptions } from './subscriptions.ts';

export interface CheckOptions {
  /** How the login is made. */
  account: string;
  signal?: AbortSignal | undefined;
}

const LOG_MS = 3_600_000;

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  { client, wanted, clock }: Discovery,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const connected = await attempt(client.connect(signal));
  if (connected instanceof AppError) {
    yield failed('authentication', connected);
    return;
  }
  yield passed('authentication', `the login ${account} gives a token`);
  const chosen = await attempt(client.subscriptions(signal).then((listed) => chooseSubscriptions(listed, wanted)));
  if (chosen instanceof AppError) {
    yield failed(chosen.code === 'unauthenticated' ? 'authentication' : 'subscriptions', chosen);
    return;
  }
  const ids = chosen.usable.map(({ subscriptionId }) => subscriptionId.toLowerCase());
  yield passed('subscriptions', `${ids.length}: ${ids.map((id) => chosen.names.get(id) ?? id).join(', ')}`);
  for (const [id, { message, hint }] of chosen.refused) {
    yield failed('subscriptions', { message: `${id}: ${message}`, hint });
  }
  const closed = wanted === null ? chosen.seenIds.filter((id) => !ids.includes(id)) : [];
  for (const id of closed) yield warned('subscriptions', `${chosen.names.get(id) ?? id} is switched off, and not read`);
  for (const [step, read] of steps(client, { clock, signal })) yield await checkEach(step, chosen.usable, read);
  yield clockStep(client.clockSkewMs());
}

type Read = (id: string) => Promise<string | number>;

function steps(
  client: ArmClient,
  { clock, signal }: { clock: () => Date; signal: AbortSignal | undefined },
): readonly (readonly [step: string, read: Read])[] {
  const count = async (rows: Promise<readonly unknown[]>): Promise<number> => (await rows).length;
  const places = new Map<string, string>();
  return [
    [
      'virtual machines',
      async (id) => {
        const rows = await client.machines(id, signal);
        const [first] = rows;
        if (first !== undefined) places.set(id, placeOf(first));
        return rows.length;
      },
    ],
    ['power', (id) => count(client.statuses(id, signal))],
    [
      'scale sets',
      async (id) => {
        const sets = await client.scaleSets(id, signal);
        const [first] = sets.filter(({ properties }) => properties.orchestrationMode !== 'Flexible');
        if (first === undefined) return sets.length;
        await Promise.all([
          client.instances(first, signal),
          client.instanceInterfaces(first, signal),
          client.instanceAddresses(first, signal),
        ]);
        return sets.length;
      },
    ],
    [
      'sizes',
      async (id) => {
        const place = places.get(id);
        return place === undefined ? 0 : count(client.sizes(id, place, signal));
      },
    ],
    ['disks', (id) => count(client.disks(id, signal))],
    [
      'networks',
      async (id) => {
        const [cards, addresses] = await Promise.all([
          client.networkInterfaces(id, signal),
          client.publicAddresses(id, signal),
        ]);
        return cards.length + addresses.length;
      },
    ],
    [
      'activity log',
      (id) => count(client.activities(id, new Date(clock().getTime() + (client.clockSkewMs() ?? 0) - LOG_MS), signal)),
    ],
  ];
}

/** Of all subscriptions; the first that fails is told. */
async function checkEach(step: string, usable: readonly Subscription[], read: Read): Promise<ConnectionCheck> {
  const ids = usable.map(({ subscriptionId }) => subscriptionId.toLowerCase());
  const found = await Promise.all(ids.map((id) => attempt(read(id))));
  const at = found.findIndex((one) => one instanceof AppError);
  const failure = found[at];
  if (failure instanceof AppError) {
    const { code, message, hint } = failure;
    const role = `the least is ${roleCommand(ids)}`;
    return failed(step, {
      message: `subscription ${ids[at]}: ${message}`,
      hint: code === 'forbidden' ? `${hint ?? ''}; ${role}` : hint,
    });
  }
  const sum = found.reduce<number>((total, one) => total + (typeof one === 'number' ? one : 0), 0);
  return passed(step, `${sum} in ${ids.length === 1 ? '1 subscription' : `${ids.length} subscriptions`}`);
}
