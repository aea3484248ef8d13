import * as z from 'zod';
import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { attempt, failedScope } from '../scope-reports.ts';
import type { GcpAddress } from './address.ts';
import type { GcpApi } from './gcp-api.ts';

const PER_PAGE = 300;
const MOST_FOLDERS = 2_000;

const below = z.object({ projectId: z.string(), state: z.string() });
const projectPage = z.object({ projects: z.array(below).default([]), nextPageToken: z.string().optional() });
const folder = z.object({ name: z.string().regex(/^folders\/\d{1,20}$/), state: z.string() });
const folderPage = z.object({ folders: z.array(folder).default([]), nextPageToken: z.string().optional() });

export interface ProjectsFound {
  /** Ids, sorted. */
  names: readonly string[];
  /** Folders whose projects could not be listed: those are not asked. */
  failures: readonly ScopeReport[];
  /** The first of them. */
  error: AppError | null;
}

/** The projects that are named, and those that are active below folders. */
export async function findProjects(
  api: GcpApi,
  addresses: readonly GcpAddress[],
  signal?: AbortSignal,
): Promise<ProjectsFound> {
  const names = new Set(addresses.flatMap(({ project }) => project ?? []));
  const failures: ScopeReport[] = [];
  let error: AppError | null = null;
  for (const { parent } of addresses) {
    if (parent === null) continue;
    const found = await attempt(projectsBelow(api, parent, signal));
    if (found instanceof AppError) {
      failures.push(failedScope(`guests/${parent}`, found));
      error ??= found;
    } else for (const name of found) names.add(name);
  }
  return { names: [...names].toSorted(), failures, error };
}

async function projectsBelow(api: GcpApi, root: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const names: string[] = [];
  const parents = [root];
  const seen = new Set(parents);
  for (const parent of parents) {
    const projects = await readPages(api, `/v3/projects?parent=${parent}`, { schema: projectPage, signal });
    names.push(...projects.flatMap((page) => page.projects.filter(isActive).map(({ projectId }) => projectId)));
    const folders = await readPages(api, `/v3/folders?parent=${parent}`, { schema: folderPage, signal });
    for (const { name } of folders.flatMap((page) => page.folders.filter(isActive))) {
      if (seen.has(name)) continue;
      if (seen.size >= MOST_FOLDERS) throw new AppError('limit', `${root} has more than ${MOST_FOLDERS} folders`);
      seen.add(name);
      parents.push(name);
    }
  }
  return names;
}

function isActive({ state }: { state: string }): boolean {
  return state === 'ACTIVE';
}

async function readPages<T extends { nextPageToken?: string | undefined }>(
  api: GcpApi,
  path: string,
  { schema, signal }: { schema: z.ZodType<T>; signal: AbortSignal | undefined },
): Promise<T[]> {
  const pages: T[] = [];
  const tokens = new Set<string>();
  for (let token = ''; ; ) {
    const page = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const asked = { schema, project: '', signal };
    const read = await api.ask('cloudresourcemanager', `${path}&pageSize=${PER_PAGE}${page}`, asked);
    pages.push(read);
    token = read.nextPageToken ?? '';
    if (token === '') return pages;
    if (tokens.has(token)) throw new AppError('malformed', `${path}: a page token came again`);
    tokens.add(token);
  }
}
