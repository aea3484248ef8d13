import { isIP } from 'node:net';
import { toTuple } from './fact-query.ts';

/** What a computer told of itself at its last report. null and empty: nothing. */
export interface ComputerFacts {
  id: string;
  /** Of the report that this is from, epoch milliseconds by the server's clock; null: not told. */
  reportedAtMs: number | null;
  name: string | null;
  os: string | null;
  cpu: string | null;
  hostname: string | null;
  agentVersion: string | null;
  /** `Server`, `Virtual`; sorted. */
  types: readonly string[];
  memoryMiB: number | null;
  /** IPv4 first, sorted. */
  addresses: readonly string[];
  /** Upper case, sorted. */
  macs: readonly string[];
  /** Of the firmware, lower case. */
  uuid: string | null;
}

const MOST_VALUES = 256;
const MOST_TEXT = 500;
const SECONDS = /^\d{1,12}$/;
const MEMORY = /^(\d{1,9}) ?MB$/i;
const MAC = /^[0-9A-F]{2}(?::[0-9A-F]{2}){5}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What firmware without a uuid of its own shows. */
const NO_UUID: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '03000200-0400-0500-0006-000700080009',
]);

/** The answer to the query, by computer id. What is no row of it is left out. Pure. */
export function toFacts(rows: readonly unknown[]): ReadonlyMap<string, ComputerFacts> {
  const found = new Map<string, ComputerFacts>();
  for (const row of rows) {
    const facts = toComputerFacts(row);
    if (facts !== null) found.set(facts.id, facts);
  }
  return found;
}

function toComputerFacts(row: unknown): ComputerFacts | null {
  const tuple = toTuple(row);
  if (tuple === null) return null;
  const [uuid = null] = linesOf(tuple.uuids).flatMap((text) => toUuid(text) ?? []);
  return {
    id: tuple.id,
    reportedAtMs: SECONDS.test(tuple.reportedAt) ? Number(tuple.reportedAt) * 1000 : null,
    name: told(tuple.name),
    os: told(tuple.os),
    cpu: told(tuple.cpu),
    hostname: told(tuple.hostname),
    agentVersion: told(tuple.agentVersion),
    types: sorted(linesOf(tuple.types).flatMap((text) => told(text) ?? [])),
    memoryMiB: toMemory(tuple.memory),
    addresses: toAddresses(linesOf(tuple.addresses)),
    macs: sorted(linesOf(tuple.macs).flatMap((text) => toMacs(text))),
    uuid,
  };
}

/** A client that cannot evaluate a property reports an error in its place, as `<none>` or `<not reported>`. */
function told(text: string): string | null {
  const trimmed = text.trim().slice(0, MOST_TEXT);
  return trimmed === '' || trimmed === 'N/A' || trimmed.startsWith('<') ? null : trimmed;
}

function linesOf(text: string): string[] {
  return text.split('\n', MOST_VALUES).map((line) => line.trim());
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function toMemory(text: string): number | null {
  for (const line of linesOf(text)) {
    const [, digits] = MEMORY.exec(line) ?? [];
    if (digits !== undefined) return Number(digits);
  }
  return null;
}

/** Several may be in one value. */
function toAddresses(lines: readonly string[]): string[] {
  const all = sorted(
    lines.flatMap((line) =>
      line
        .slice(0, MOST_TEXT)
        .toLowerCase()
        .split(/[\s,;|]+/),
    ),
  );
  const of = (version: number): string[] => all.filter((text) => isIP(text) === version);
  return [...of(4), ...of(6)];
}

function toMacs(line: string): string[] {
  const parts = line
    .slice(0, MOST_TEXT)
    .toUpperCase()
    .replaceAll('-', ':')
    .split(/[\s,;|]+/);
  return parts.filter((text) => MAC.test(text) && !/^(?:00:){5}00$|^(?:FF:){5}FF$/.test(text));
}

function toUuid(line: string): string | null {
  const text = line.toLowerCase();
  return UUID.test(text) && !NO_UUID.has(text) ? text : null;
}
