import { AppError } from '../../types/errors.ts';
import type { AreaRead } from '../cloud/areas.ts';
import { attempt, type ScopeFailure } from '../scope-reports.ts';
import type { Instance } from './answers.ts';
import type { Project } from './project.ts';

export interface ProjectRead {
  project: Project;
  /** Who it is, or why that was not told. */
  number: string | AppError;
  area: AreaRead;
  rows: readonly Instance[];
}

/** Who a project is, and its instances. A zone that does not answer is one of its doubts. Throws only an interruption. */
export async function readProject(
  project: Project,
  { withGuests, signal }: { withGuests: boolean; signal: AbortSignal | undefined },
): Promise<ProjectRead> {
  const area: AreaRead = { name: project.name, failure: null, doubts: new Map(), places: null };
  const number = await attempt(project.number(signal));
  if (number instanceof AppError) return { project, number, area: { ...area, failure: number }, rows: [] };
  if (!withGuests) return { project, number, area, rows: [] };
  const listing = await attempt(project.instances(signal));
  if (listing instanceof AppError) return { project, number, area: { ...area, failure: listing }, rows: [] };
  const { rows, doubt, doubts } = listing;
  // Rows may be missing anywhere: what was read is kept, and nothing is taken for gone.
  if (doubt !== null) return { project, number, area: { ...area, failure: partial(doubt) }, rows };
  const zones = new Map([...doubts].map(([zone, why]) => [zone, unreached(why)]));
  return { project, number, area: { ...area, doubts: zones }, rows };
}

function partial(message: string): ScopeFailure {
  return { code: 'server', message };
}

function unreached(message: string): ScopeFailure {
  return { code: 'unreachable', message };
}
