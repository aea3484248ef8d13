import { AppError } from '../../types/errors.ts';
import { clockStep, failed, passed, warned } from '../check-steps.ts';
import type { ConnectionCheck } from '../provider.ts';
import { attempt } from '../scope-reports.ts';
import type { Discovery } from './discover.ts';
import { Project } from './project.ts';
import { findProjects } from './projects.ts';

export interface CheckOptions {
  /** How it logs in: `default`. */
  account: string;
  signal?: AbortSignal | undefined;
}

/** The least that a run needs. */
const PERMISSIONS =
  'compute.projects.get,compute.instances.list,compute.instances.get,compute.machineTypes.get,compute.zones.list,logging.logEntries.list';
const LOG_MS = 60_000;

/** Checks a connection step by step; ends after a step without which the next ones cannot work. */
export async function* checkConnection(
  { api, addresses, clock }: Discovery,
  { account, signal }: CheckOptions,
): AsyncIterable<ConnectionCheck> {
  const { names, failures } = await findProjects(api, addresses, signal);
  for (const { scope, message = '', hint } of failures)
    yield failed('projects', {
      message: `${scope.replace(/^guests\//, '')}: ${message}`,
      ...(hint !== undefined && { hint }),
    });
  if (names.length === 0) return;
  yield passed('projects', names.length === 1 ? `project ${names[0] ?? ''}` : `${names.length} projects`);
  let isLoggedIn = false;
  for (const name of names) {
    const project = new Project(api, name);
    const number = await attempt(project.number(signal));
    if (number instanceof AppError) {
      yield failed(number.code === 'unauthenticated' ? 'authentication' : name, withRole(number, name));
      if (number.code === 'unauthenticated') return;
      continue;
    }
    if (!isLoggedIn) yield passed('authentication', `Google Cloud takes the login ${account}`);
    isLoggedIn = true;
    yield* checkProject(project, { since: new Date(clock().getTime() - LOG_MS), signal });
  }
  yield clockStep(api.clockSkewMs());
}

async function* checkProject(
  project: Project,
  { since, signal }: { since: Date; signal: AbortSignal | undefined },
): AsyncIterable<ConnectionCheck> {
  const { name } = project;
  const instances = await attempt(project.instances(signal));
  if (instances instanceof AppError) {
    yield failed(name, withRole(instances, name));
    return;
  }
  const { rows, doubts, doubt } = instances;
  yield passed(name, `${rows.length} instances in ${new Set(rows.map(({ zone }) => zone)).size} zones`);
  if (doubt !== null) yield warned(name, `it did not tell of everything: ${doubt}`);
  for (const [zone, why] of doubts) yield warned(name, `${zone}: ${why}`);
  const entries = await attempt(project.entries(since, signal));
  yield entries instanceof AppError
    ? { ...failed('attribution', withRole(entries, name)), ok: true, isWarning: true }
    : passed('attribution', `${name}: the audit log can be read`);
}

function withRole({ code, message, hint }: AppError, project: string): Pick<AppError, 'message' | 'hint'> {
  const role = `gcloud iam roles create rollcall --project=${project} --permissions=${PERMISSIONS}`;
  const own = hint ?? '';
  return { message, hint: code === 'forbidden' ? `${own}; the least is: ${role}` : own };
}
