import type { Document } from '../../types/document.ts';
import { AppError } from '../../types/errors.ts';
import type { NodeObservation, ScopeReport } from '../../types/observation.ts';
import { toDocument } from '../present-fields.ts';
import { completeScope, failedScope } from '../scope-reports.ts';
import type { Hypervisor } from './answers.ts';
import type { Listing } from './read-pages.ts';

const MIB = 2 ** 20;
/** `commissioned` of a hypervisor that is in use. */
const IN_USE = 3;

export interface NodesSeen {
  nodes: readonly NodeObservation[];
  scope: ScopeReport;
  /** By the id of the hypervisor. */
  names: ReadonlyMap<number, string>;
  /** The system's own id; null: no hypervisor told of it. */
  systemId: string | null;
}

/** What the list of hypervisors says. Pure. */
export function observeNodes(listing: Listing<Hypervisor> | AppError): NodesSeen {
  if (listing instanceof AppError) {
    return { nodes: [], scope: failedScope('nodes', listing), names: new Map(), systemId: null };
  }
  const { rows, doubt } = listing;
  const names = namesOf(rows);
  const scope = completeScope('nodes', rows.length);
  return {
    nodes: rows.map((row) => observeNode(row, names.get(row.id) ?? row.name)),
    scope: doubt === null ? scope : { ...scope, coverage: 'error', message: doubt },
    names,
    systemId: systemIdOf(rows),
  };
}

/** People may give two hypervisors one name. */
function namesOf(rows: readonly Hypervisor[]): ReadonlyMap<number, string> {
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    rows.map(({ id, name }) => [id, (counts.get(name) ?? 0) > 1 || name === '' ? `${name} #${id}` : name]),
  );
}

/** The panel does not tell whether a hypervisor answers: one in use counts as there. */
function observeNode(row: Hypervisor, name: string): NodeObservation {
  const status = row.commissioned === IN_USE ? 'online' : 'unknown';
  return {
    name,
    status,
    document: documentOf(row, status),
    isComplete: status === 'online',
    isInMaintenance: row.maintenance ?? null,
    telemetry: null,
    unobservable: status === 'online' ? null : 'it is not in use yet',
  };
}

function documentOf(row: Hypervisor, status: string): Document {
  const fields = {
    status,
    cpus: row.maxCpu,
    memoryBytes: row.maxMemory === null || row.maxMemory === undefined ? null : row.maxMemory * MIB,
    address: row.ip,
    group: row.group?.name,
    maintenance: row.maintenance,
    enabled: row.enabled,
  };
  return toDocument(Object.entries(fields));
}

/** Nothing of it has an id for life but its first group of hypervisors, which is made with it: by its time. */
function systemIdOf(rows: readonly Hypervisor[]): string | null {
  const groups = rows.flatMap(({ group }) => (group?.created ? [{ id: group.id, created: group.created }] : []));
  const [first] = groups.toSorted((a, b) => a.id - b.id);
  return first === undefined ? null : `group ${first.id} of ${first.created}`;
}
