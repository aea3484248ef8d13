import type { Document } from '../../types/document.ts';
import type { NodeObservation, ScopeReport } from '../../types/observation.ts';
import { completeScope, coverageOf, failedScope, type ScopeFailure } from '../scope-reports.ts';

/** What was asked of one account, project or subscription. */
export interface AreaRead {
  /** As nodes and scopes have it, without a slash. */
  name: string;
  /** Why nothing of it was read; null: it was read. */
  failure: ScopeFailure | null;
  /** Places of it that did not tell of all their guests. */
  doubts: ReadonlyMap<string, ScopeFailure>;
  /** All places that it has; null: whatever place a guest is in, the area was asked about it. */
  places: ReadonlySet<string> | null;
}

export interface AreasSeen {
  areas: readonly AreaRead[];
  /** Nodes of the guests that were read, each as often as it has guests. */
  guestNodes: readonly string[];
  /** As the last run had them. */
  knownNodes: readonly string[];
  /** What an area is called: `account`. */
  noun: string;
  /** What is told of a place, besides its status. */
  documentOf: (area: string, place: string) => Document;
}

export interface Places {
  /** Places with guests now or before, and those in doubt. */
  nodes: readonly NodeObservation[];
  /** Sorted: a place that had guests once stays known. */
  nodeNames: readonly string[];
  scopes: readonly ScopeReport[];
}

/** `account/region`. */
export function nodeName(area: string, place: string): string {
  return `${area}/${place}`;
}

/** What an answer says of places: each is a node, and an absence from it counts only if it told of all its guests. Pure. */
export function observePlaces(seen: AreasSeen): Places {
  const { areas, guestNodes, knownNodes } = seen;
  const inDoubt = areas.flatMap(({ name, doubts }) => [...doubts.keys()].map((place) => nodeName(name, place)));
  const nodeNames = [...new Set([...guestNodes, ...knownNodes, ...inDoubt])].toSorted();
  const byName = new Map(areas.map((area) => [area.name, area]));
  const nodes = nodeNames.map((name) => observePlace(name, byName, seen));
  return { nodes, nodeNames, scopes: scopesOf(areas, guestNodes) };
}

function observePlace(name: string, areas: ReadonlyMap<string, AreaRead>, seen: AreasSeen): NodeObservation {
  const slash = name.indexOf('/');
  const [area, place] = [name.slice(0, slash), name.slice(slash + 1)];
  const unobservable = whyUnobservable(areas.get(area), { area, place, noun: seen.noun });
  const status = unobservable === null ? 'online' : 'unknown';
  return {
    name,
    status,
    document: unobservable === null ? { status, ...seen.documentOf(area, place) } : {},
    isComplete: unobservable === null,
    telemetry: null,
    unobservable,
  };
}

function whyUnobservable(
  found: AreaRead | undefined,
  { area, place, noun }: { area: string; place: string; noun: string },
): string | null {
  if (found === undefined) return `${noun} ${area} was not asked: it is not among those to read any more`;
  if (found.failure !== null) return `${noun} ${area} could not be read: ${found.failure.message}`;
  const doubt = found.doubts.get(place);
  if (doubt !== undefined) return `${place} of ${noun} ${area} did not tell of everything: ${doubt.message}`;
  if (found.places?.has(place) === false)
    return `${place} of ${noun} ${area} was not asked: it is not among those to read`;
  return null;
}

/** `guests`, `guests/AREA`, and `guests/AREA/PLACE` of those in doubt. */
function scopesOf(areas: readonly AreaRead[], guestNodes: readonly string[]): ScopeReport[] {
  const counts = new Map<string, number>();
  for (const node of guestNodes) {
    const area = node.slice(0, node.indexOf('/'));
    counts.set(area, (counts.get(area) ?? 0) + 1);
  }
  const own = areas.flatMap(({ name, failure, doubts }): ScopeReport[] => {
    if (failure !== null) return [failedScope(`guests/${name}`, failure)];
    const whole = completeScope(`guests/${name}`, counts.get(name) ?? 0);
    return [whole, ...[...doubts].map(([place, doubt]) => failedScope(`guests/${nodeName(name, place)}`, doubt))];
  });
  return [completeScope('guests', guestNodes.length), ...own];
}

/** The nodes as a scope: whole where every place that has guests was asked. */
export function placesScope(nodes: readonly NodeObservation[], areas: readonly AreaRead[]): ScopeReport {
  const whole = completeScope('nodes', nodes.filter(({ unobservable }) => unobservable === null).length);
  const [failure] = areas.flatMap(({ failure: one, doubts }) => one ?? [...doubts.values()]);
  if (failure === undefined) return whole;
  return { ...whole, coverage: coverageOf(failure), message: failure.message };
}
