/** Where Compute Engine answers. */
const GOOGLE = 'https://compute.googleapis.com';
const PROJECT = /^(?:[a-z][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
const PARENT = /^(?:folders|organizations)\/\d{1,20}$/;
const ADDRESS = /^(https:\/\/[^/?#@\s]+)\/(.{1,200})$/;

export interface GcpAddress {
  /** `https://compute.googleapis.com/projects/my-project`, `https://compute.googleapis.com/folders/123`. */
  url: string;
  /** `https://compute.googleapis.com`; another one answers for all services. */
  host: string;
  /** `my-project`; null: it is a folder or an organization. */
  project: string | null;
  /** `folders/123`, `organizations/123`; null: it is a project. */
  parent: string | null;
}

/** `my-project`, `projects/my-project`, `folders/123`, `organizations/123`, each also below an address; null for what is none. */
export function parseAddress(text: string): GcpAddress | null {
  const [, given = GOOGLE, path = text] = ADDRESS.exec(text) ?? [];
  const host = URL.canParse(given) ? new URL(given).origin : '';
  if (host === '' || host === 'null') return null;
  if (PARENT.test(path)) return { url: `${host}/${path}`, host, project: null, parent: path };
  const project = path.replace(/^projects\//, '');
  if (!PROJECT.test(project)) return null;
  return { url: `${host}/projects/${project}`, host, project, parent: null };
}

export type Service = 'compute' | 'logging' | 'cloudresourcemanager' | 'iamcredentials';

/** `https://logging.googleapis.com`; of another host than Google's the same for all. */
export function serviceHost(host: string, service: Service): string {
  return host === GOOGLE ? `https://${service}.googleapis.com` : host;
}
