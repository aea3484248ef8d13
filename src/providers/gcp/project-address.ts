import { AppError } from '../../types/errors.ts';

/** Where the API of Compute Engine answers. */
const HOST = 'https://compute.googleapis.com';
const LOG_HOST = 'https://logging.googleapis.com';
const PROJECT = /^(?:[a-z][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
const ADDRESS = /^(https:\/\/[^/]+)\/projects\/([^/]+)$/;

export interface ProjectAddress {
  /** `https://compute.googleapis.com`. */
  host: string;
  /** Where its logs are; of another host than Google's the same. */
  logHost: string;
  project: string;
}

/**
 * `my-project`, or `https://HOST/projects/my-project` where another host answers for it, as a private endpoint does.
 * Throws AppError('configuration').
 */
export function parseProjectAddress(text: string): ProjectAddress {
  const trimmed = text.trim().replace(/^https:\/\/(?=[a-z][a-z0-9-]{4,28}[a-z0-9]$)/, '');
  if (PROJECT.test(trimmed)) return { host: HOST, logHost: LOG_HOST, project: trimmed };
  const [, host, project = ''] = ADDRESS.exec(trimmed) ?? [];
  if (host !== undefined && PROJECT.test(project)) return { host, logHost: host === HOST ? LOG_HOST : host, project };
  throw new AppError('configuration', `'${text.slice(0, 100)}' is not the id of a project`, {
    hint: 'Give the id of the project, as `gcloud projects list` shows it',
  });
}

export function addressOf({ host, project }: ProjectAddress): string {
  return `${host}/projects/${project}`;
}
