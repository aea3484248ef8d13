import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import type { ChangeKind } from '../../types/history.ts';
import type { FirstSights } from '../../types/history-query.ts';
import type { ScopeReport } from '../../types/observation.ts';
import type { DiscoveredHost, SyncResult } from '../../types/sync-result.ts';
import { actorText, byTime, isFirstSight, KIND_TONE, resourceRef, resourceText } from '../changes/change-record.ts';
import {
  MOST_FIRST_SIGHTS,
  type Story,
  storyText,
  toStories,
  totalOf,
  totalsOf,
  totalsText,
} from '../changes/change-stories.ts';
import type { CliContext } from '../context.ts';
import type { Column, Tone } from '../output/column.ts';
import type { SafeText } from '../output/escape.ts';
import { formatCount, formatLocal, plural } from '../output/format.ts';
import type { Draw, View } from '../output/output.ts';

/** One line of the result: what happened to a resource, a removal that is held, a scope that was not seen whole. */
interface Line {
  provider: string;
  kind: ChangeKind | 'held' | 'unseen';
  ref: string;
  resource: string;
  change: string;
  by: string;
  isFirstSight: boolean;
}

const TONE: Readonly<Record<Line['kind'], Tone>> = { ...KIND_TONE, held: 'warn', unseen: 'warn' };

const COLUMNS: readonly Column<Line>[] = [
  { key: 'provider', raw: ({ provider }) => provider, detail: 'named' },
  { key: 'kind', raw: ({ kind }) => kind, spare: 2, tone: ({ kind }) => TONE[kind] },
  { key: 'resource', raw: ({ resource }) => resource },
  { key: 'change', raw: ({ change }) => change },
  { key: 'by', raw: ({ by }) => by, tone: ({ by }) => (by === 'unknown' ? 'dim' : 'plain') },
];

export async function discoverView(
  context: CliContext,
  results: readonly SyncResult[],
  noun: string,
): Promise<View<readonly SyncResult[], Line>> {
  const isWhole = ['json', 'yaml'].includes(context.options.output);
  const records = isWhole ? [] : await recordsOf(context, results);
  const recordsIn = ({ runId }: SyncResult) => records.filter((record) => record.runId === runId);
  const lines = (result: SyncResult) => [
    ...toStories(recordsIn(result), { most: Number.POSITIVE_INFINITY }).map(changeLine),
    ...result.held.map((host) => heldLine(host, result.providerName)),
    ...unseenScopes(result).map((scope) => scopeLine(scope, result.providerName)),
  ];
  return {
    columns: COLUMNS,
    rows: () => results.flatMap(lines),
    ref: ({ ref }) => ref,
    layout: (_value, draw) =>
      sections(results, { lines, sights: (result) => firstSights(recordsIn(result)), noun, draw }),
    hints: () => results.flatMap(nextSteps),
  };
}

/** What the runs recorded, and by whom. */
async function recordsOf(context: CliContext, results: readonly SyncResult[]): Promise<ChangeRecord[]> {
  const history = await context.app.history();
  const runs = results.flatMap(({ runId }) => runId ?? []);
  const changes = await Promise.all(runs.map((run) => history.listChanges({ run })));
  return byTime(toRecords(changes.flat()));
}

function changeLine(story: Story): Line {
  const { first } = story;
  return {
    provider: first.provider,
    kind: first.kind,
    ref: resourceRef(first),
    resource: resourceText(first),
    change: storyText(story),
    by: actorText(first),
    isFirstSight: isFirstSight(first),
  };
}

function firstSights(records: readonly ChangeRecord[]): FirstSights {
  return totalsOf(records.filter(isFirstSight));
}

function heldLine(host: DiscoveredHost, provider: string): Line {
  const ref = `${provider}/${host.vmid ?? host.name}`;
  return {
    provider,
    kind: 'held',
    ref,
    resource: `${ref} ${host.name}`,
    change: host.presenceReason ?? 'removal is not confirmed',
    by: '',
    isFirstSight: false,
  };
}

/** What the rights leave out is told once, by a warning; a scope that was not asked for is nothing to tell. */
function isUnseen({ coverage }: ScopeReport): boolean {
  return coverage === 'unreachable' || coverage === 'error';
}

/** Those that lack the same rights are one. */
function unseenScopes({ scopes }: SyncResult): ScopeReport[] {
  const unseen = new Map<string, ScopeReport>();
  for (const report of scopes.filter(isUnseen)) {
    const { scope, message = '', missing } = report;
    const key = missing === undefined ? scope : message;
    const same = unseen.get(key);
    unseen.set(key, same === undefined ? report : { ...same, scope: `${same.scope}, ${scope}` });
  }
  return [...unseen.values()];
}

function scopeLine({ scope, coverage, message, since }: ScopeReport, provider: string): Line {
  const change = `${message ?? coverage}${since === undefined ? '' : `, since ${formatLocal(new Date(since))}`}`;
  return {
    provider,
    kind: 'unseen',
    ref: `${provider}/${scope}`,
    resource: scope,
    change,
    by: '',
    isFirstSight: false,
  };
}

interface Parts {
  lines: (result: SyncResult) => Line[];
  sights: (result: SyncResult) => FirstSights;
  noun: string;
  draw: Draw<Line>;
}

/** A summary and a table for each provider; where there is a table, all summaries again below, where a reader looks first. */
function sections(results: readonly SyncResult[], parts: Parts): SafeText[] {
  const { draw } = parts;
  const summaries = results.map((result) => summaryOf(result, parts));
  const tables = results.map((result) => draw.table(listed(result, parts)));
  const heads = results.map((_, index) => [...(summaries[index] ?? []), ...(tables[index] ? [tables[index]] : [])]);
  const above = heads.flatMap((head, index) => [...(index === 0 ? [] : [draw.line('')]), ...head]);
  if (tables.every((table) => table === '')) return above;
  return [...above, ...(results.length > 1 ? [draw.line('')] : []), ...summaries.flat()];
}

/** Of what is seen for the first time there are totals, unless it is little. */
function listed(result: SyncResult, { lines, sights }: Parts): Line[] {
  if (result.outcome === 'failed') return [];
  const isCounted = totalOf(sights(result)) >= MOST_FIRST_SIGHTS;
  return lines(result).filter((line) => !isCounted || !line.isFirstSight);
}

function summaryOf(result: SyncResult, { lines, sights, noun, draw }: Parts): SafeText[] {
  const { outcome, providerName } = result;
  if (outcome === 'failed') return [draw.line(`${providerName}: failed, nothing recorded`, 'bad')];
  const seen = sights(result);
  const text = summaryLine(result, { lines: lines(result), seen: totalOf(seen), noun });
  if (totalOf(seen) < MOST_FIRST_SIGHTS) return [draw.line(text)];
  return [draw.line(text), draw.line(`  first seen: ${totalsText(seen)}`)];
}

function summaryLine(
  { providerName, summary, outcome }: SyncResult,
  { lines, seen, noun }: { lines: readonly Line[]; seen: number; noun: string },
): string {
  const count = (wanted: Line['kind']) =>
    new Set(lines.filter(({ kind, isFirstSight: isSight }) => kind === wanted && !isSight).map(({ ref }) => ref)).size;
  const counts = [
    [seen, 'first seen'],
    [count('created'), 'created'],
    [count('removed'), 'removed'],
    [count('changed'), 'changed'],
    [count('held'), 'held back'],
  ] as const;
  const told = counts.filter(([number]) => number > 0).map(([number, word]) => `${formatCount(number)} ${word}`);
  const subject = summary.total > 0 ? plural(summary.total, 'guest') : `read ${noun}`;
  return `${providerName}: ${subject}, ${told.length === 0 ? 'nothing changed' : told.join(', ')} (${outcome})`;
}

/** What is said of a result when only problems are: scopes that were not seen whole, and removals that are held back. */
export function problemsOf(result: SyncResult): { message: string; hint?: string }[] {
  const { held, warnings, outcome, providerName } = result;
  if (outcome === 'complete') return [];
  const unseen = unseenScopes(result).map(({ scope, coverage, message, hint }) => ({
    message: `${providerName}: ${scope}: ${message ?? coverage}`,
    ...(hint !== undefined && { hint }),
  }));
  const told = warnings.map(({ message, hint }) => ({
    message: `${providerName}: ${message}`,
    ...(hint !== undefined && { hint }),
  }));
  return [...unseen, ...told, ...(held.length === 0 ? [] : [{ message: heldBack(result) }])];
}

function heldBack({ held, providerName }: SyncResult): string {
  return `${plural(held.length, 'removal')} of ${providerName} held back: check that they are meant, then run again with --accept-removals`;
}

function nextSteps(result: SyncResult): string[] {
  const { held, scopes } = result;
  const hints = new Set(scopes.filter(isUnseen).flatMap(({ hint }) => hint ?? []));
  if (held.length > 0) hints.add(heldBack(result));
  return [...hints];
}
