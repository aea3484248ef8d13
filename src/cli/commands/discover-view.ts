import type { ScopeReport } from '../../types/observation.ts';
import type { DiscoveredHost, SyncResult } from '../../types/sync-result.ts';
import type { CliContext } from '../context.ts';
import type { Column, Tone } from '../output/column.ts';
import type { SafeText } from '../output/escape.ts';
import { formatLocal, plural } from '../output/format.ts';
import type { Draw, View } from '../output/output.ts';
import {
  actorText,
  type ChangeRecord,
  changeText,
  resourceRef,
  resourceText,
  toChangeRecords,
} from './change-record.ts';

/** One line of the result: something that came, changed or went, a removal that is held, a scope that was not seen whole. */
interface Line {
  provider: string;
  change: 'new' | 'gone' | 'changed' | 'held' | 'unseen';
  ref: string;
  resource: string;
  what: string;
  by: string;
}

const TONE: Readonly<Record<Line['change'], Tone>> = {
  new: 'good',
  gone: 'bad',
  changed: 'plain',
  held: 'warn',
  unseen: 'warn',
};

const COLUMNS: readonly Column<Line>[] = [
  { key: 'provider', raw: ({ provider }) => provider, detail: 'named' },
  { key: 'change', header: '', raw: ({ change }) => change, tone: ({ change }) => TONE[change] },
  { key: 'resource', raw: ({ resource }) => resource },
  { key: 'what', raw: ({ what }) => what },
  { key: 'by', raw: ({ by }) => by },
];

/** A first run finds everything new: that many are shown, the others counted. */
const MAX_NEW = 50;

export async function discoverView(
  context: CliContext,
  results: readonly SyncResult[],
  noun: string,
): Promise<View<readonly SyncResult[], Line>> {
  const isWhole = ['json', 'yaml'].includes(context.options.output);
  const records = isWhole ? [] : await recordsOf(context, results);
  const lines = (result: SyncResult) => [
    ...records.filter(({ provider }) => provider === result.providerName).map(changeLine),
    ...result.held.map((host) => heldLine(host, result.providerName)),
    ...unseenScopes(result).map((scope) => scopeLine(scope, result.providerName)),
  ];
  return {
    columns: COLUMNS,
    rows: () => results.flatMap(lines),
    ref: ({ ref }) => ref,
    layout: (_value, draw) =>
      results.flatMap((result, index) => [
        ...(index === 0 ? [] : [draw.line('')]),
        ...section(result, { lines: lines(result), noun, draw }),
      ]),
    hints: () => results.flatMap(nextSteps),
  };
}

/** What the runs recorded, and by whom. */
async function recordsOf(context: CliContext, results: readonly SyncResult[]): Promise<ChangeRecord[]> {
  const [inventory, history] = await Promise.all([context.inventory(), context.history()]);
  const recorded = new Set(
    results.filter(({ outcome }) => outcome !== 'failed').map(({ providerName }) => providerName),
  );
  const runs = (await inventory.syncStatus()).filter(({ providerName }) => recorded.has(providerName));
  const changes = await Promise.all(
    runs.map(async ({ lastRun }) => (lastRun?.rev == null ? [] : history.listChanges({ run: lastRun.id }))),
  );
  return changes.flat().flatMap((change) => toChangeRecords(change));
}

function changeLine(record: ChangeRecord): Line {
  const change = record.kind === 'created' ? 'new' : record.kind === 'removed' ? 'gone' : 'changed';
  return {
    provider: record.provider,
    change,
    ref: resourceRef(record),
    resource: resourceText(record),
    what: changeText(record),
    // Of what the first run finds, nobody is asked who made it.
    by: record.actor === null && record.notBefore === null ? '' : actorText(record),
  };
}

function heldLine(host: DiscoveredHost, provider: string): Line {
  const ref = `${provider}/${host.vmid}`;
  return {
    provider,
    change: 'held',
    ref,
    resource: `${ref} ${host.name}`,
    what: host.presenceReason ?? 'removal is not confirmed',
    by: '',
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
  const what = `${message ?? coverage}${since === undefined ? '' : `, since ${formatLocal(new Date(since))}`}`;
  return { provider, change: 'unseen', ref: `${provider}/${scope}`, resource: scope, what, by: '' };
}

function section(
  result: SyncResult,
  { lines, noun, draw }: { lines: Line[]; noun: string; draw: Draw<Line> },
): SafeText[] {
  const { summary, outcome, providerName } = result;
  if (outcome === 'failed') return [draw.line(`${providerName}: failed, nothing recorded`, 'bad')];
  const isFirst = summary.existing + summary.changed === 0;
  const news = lines.filter(({ change }) => change === 'new');
  const shown =
    isFirst && news.length > MAX_NEW
      ? lines.filter((line) => !news.includes(line) || news.indexOf(line) < MAX_NEW)
      : lines;
  const rest = lines.length - shown.length;
  const more = `… and ${rest} more that are new: rollcall list-vms, rollcall list-containers`;
  return [draw.line(summaryLine(result, lines, noun)), draw.table(shown), ...(rest === 0 ? [] : [draw.line(more)])];
}

function summaryLine({ providerName, summary, outcome }: SyncResult, lines: readonly Line[], noun: string): string {
  const changed = new Set(lines.filter(({ change }) => change === 'changed').map(({ ref }) => ref)).size;
  const counts = [
    [lines.filter(({ change }) => change === 'new').length, 'new'],
    [lines.filter(({ change }) => change === 'gone').length, 'gone'],
    [changed, 'changed'],
    [lines.filter(({ change }) => change === 'held').length, 'held back'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
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
