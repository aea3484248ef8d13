import { AppError } from '../../types/errors.ts';
import { MAX_SKEW_MS, skewText } from '../../types/server-clock.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { GcpClient } from './gcp-client.ts';

export interface CheckOptions {
  /** Who is said to have the token. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** The least that a run needs; Compute Viewer has it. */
const ROLE = `gcloud iam roles create rollcall --project=PROJECT --permissions=compute.projects.get,compute.instances.list,compute.instances.get,compute.machineTypes.list,compute.zones.list`;

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  client: GcpClient,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const project = await attempt(client.project(signal));
  if (project instanceof AppError) {
    yield failed(project.code === 'unauthenticated' ? 'authentication' : 'connection', project);
    return;
  }
  yield passed('connection', `project ${project.name} (${project.id}) answers at ${client.endpoint}`);
  yield passed('authentication', `the token of ${account} is taken`);
  const instances = await attempt(client.instances(signal));
  if (instances instanceof AppError) {
    yield failed('instances', withRole(instances, client.address.project));
    return;
  }
  yield passed('instances', `${instances.rows.length} instances in ${instances.zones.size} zones`);
  for (const [zone, why] of instances.doubts)
    yield { step: 'zones', ok: true, isWarning: true, message: `${zone}: ${why}` };
  const types = await attempt(client.machineTypes(signal));
  yield types instanceof AppError
    ? failed('machine types', withRole(types, client.address.project))
    : passed('machine types', `${types.rows.length} types of machines`);
  yield describeClock(client.clockSkewMs());
}

function withRole({ code, message, hint }: AppError, project: string): AppError {
  const role = ROLE.replace('PROJECT', project);
  return new AppError(code, message, {
    hint: code === 'forbidden' ? `${hint ?? ''}; the least is: ${role}` : (hint ?? ''),
  });
}

function passed(step: string, message: string): ConnectionCheck {
  return { step, ok: true, message };
}

function failed(step: string, { message, hint }: AppError): ConnectionCheck {
  return { step, ok: false, message, ...(hint !== undefined && { hint }) };
}

function describeClock(skewMs: number | null): ConnectionCheck {
  if (skewMs === null)
    return { step: 'clock', ok: true, isWarning: true, message: 'the server does not tell its time' };
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return passed('clock', "the server's clock agrees with this one");
  return { step: 'clock', ok: true, isWarning: true, message: skewText(skewMs), hint: 'let NTP set this clock' };
}
