import type { Document } from '../../types/document.ts';
import { doubt } from '../../types/doubt.ts';
import type { GuestTelemetry } from '../../types/guest.ts';
import type { GuestObservation } from '../../types/observation.ts';
import type { Section } from '../../types/section.ts';
import { someOf, toDocument } from '../present-fields.ts';
import type { ListedComputer } from './answers.ts';
import type { ComputerFacts } from './facts.ts';

const MIB = 2 ** 20;
const DAY_MS = 86_400_000;
/** A client reports every few minutes; one that was off over a long weekend is not worth a mention. */
export const SILENT_AFTER_MS = 4 * DAY_MS;
/**
 * As much older than the last report that the list knows of may facts be. Queries are answered from a copy of the database, and in a
 * large deployment some computer always reports between its last refresh and the list.
 */
export const LAG_MS = 15 * 60_000;

const NO_FIGURES = {
  cpu: null,
  memoryUsedBytes: null,
  diskUsedBytes: null,
  uptimeSeconds: null,
  netInBytes: null,
  netOutBytes: null,
};
const NONE: ReadonlySet<Section> = new Set();
const LISTED: ReadonlySet<Section> = new Set(['placement']);
const READ: ReadonlySet<Section> = new Set(['placement', 'config']);

export interface ComputerSources {
  /** Name of the server: whom the computer reports to. */
  node: string;
  facts: ReadonlyMap<string, ComputerFacts>;
  /** By the server's clock, epoch milliseconds. */
  nowMs: number;
  /** The server's clock minus ours, as far as it matters. */
  skewMs: number;
}

/** A computer of the list, with what it told of itself as far as the query has its last report. Pure. */
export function observeComputer(computer: ListedComputer, sources: ComputerSources): GuestObservation {
  const facts = currentFacts(computer, sources.facts);
  const unobservable = whySilent(computer, sources.nowMs);
  return {
    kind: 'vm',
    nativeId: computer.id,
    vmid: null,
    node: sources.node,
    document: documentOf(facts, sources.node),
    complete: unobservable !== null ? NONE : facts === null ? LISTED : READ,
    // Its uuid and MAC addresses are those of a machine that another provider may have: they tell no computer of BigFix from another.
    identity: {},
    lock: null,
    cpus: null,
    memoryBytes: facts?.memoryMiB == null ? null : facts.memoryMiB * MIB,
    diskBytes: null,
    bootDiskBytes: null,
    telemetry: lastReport(computer, sources),
    unobservable,
    powerSource: 'none',
  };
}

/** By our clock. */
function lastReport({ reportedAtMs }: ListedComputer, { skewMs }: ComputerSources): GuestTelemetry | null {
  return reportedAtMs === null ? null : { ...NO_FIGURES, lastReportAt: new Date(reportedAtMs - skewMs) };
}

/** null: the query does not have it, or only a report from more than {@link LAG_MS} before the last one. */
export function currentFacts(
  { id, reportedAtMs }: ListedComputer,
  all: ReadonlyMap<string, ComputerFacts>,
): ComputerFacts | null {
  const facts = all.get(id);
  if (facts === undefined) return null;
  const isBehind = reportedAtMs !== null && (facts.reportedAtMs ?? 0) + LAG_MS < reportedAtMs;
  return isBehind ? null : facts;
}

/** Why nothing is known of its present state; null: it reported lately, or the server does not say when. */
export function whySilent({ reportedAtMs }: ListedComputer, nowMs: number): string | null {
  if (reportedAtMs === null || nowMs - reportedAtMs <= SILENT_AFTER_MS) return null;
  return doubt('silent', `no report for more than ${SILENT_AFTER_MS / DAY_MS} days`);
}

function documentOf(facts: ComputerFacts | null, node: string): Document {
  if (facts === null) return { node };
  return toDocument([
    ['node', node],
    ['name', facts.name],
    ['ostype', facts.os],
    ['cpu.model', facts.cpu],
    ['memory', facts.memoryMiB],
    ['uuid', facts.uuid],
    ['type', someOf(facts.types)],
    ['agent.version', facts.agentVersion],
    ['guest.hostname', facts.hostname],
    ['guest.addresses', someOf(facts.addresses)],
    ['guest.macs', someOf(facts.macs)],
  ]);
}
