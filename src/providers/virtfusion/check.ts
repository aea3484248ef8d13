import { AppError } from '../../types/errors.ts';
import { clockStep, failed, passed, warned } from '../check-steps.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { VirtfusionClient } from './virtfusion-client.ts';

export interface CheckOptions {
  /** Name of the token. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  client: VirtfusionClient,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const connected = await attempt(client.connect(signal));
  if (connected instanceof AppError) {
    yield failed(connected.code === 'unauthenticated' ? 'authentication' : 'connection', connected);
    return;
  }
  yield passed('connection', `VirtFusion answers at ${client.endpoint}`);
  yield passed('authentication', `the panel accepts the token ${account}`);
  const servers = await attempt(client.servers(signal));
  yield servers instanceof AppError ? failed('servers', servers) : passed('servers', `${servers.rows.length} servers`);
  const hypervisors = await attempt(client.hypervisors(signal));
  yield hypervisors instanceof AppError
    ? failed('hypervisors', hypervisors)
    : passed('hypervisors', `${hypervisors.rows.length} hypervisors`);
  yield warned('attribution', 'VirtFusion keeps no record that the API tells of: nobody is named for a change');
  yield clockStep(client.clockSkewMs());
}
