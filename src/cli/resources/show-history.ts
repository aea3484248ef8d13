import { type ChangeRecord, toRecords } from '../../types/change-record.ts';
import { type GuestKind, KIND_WORDS } from '../../types/guest.ts';
import type { EndedSpan, GuestRow, Resource } from '../../types/inventory.ts';
import { byTime, timeOf } from '../changes/change-record.ts';
import { toStories } from '../changes/change-stories.ts';
import { type Details, storyBlock } from '../changes/story-lines.ts';
import type { CliContext } from '../context.ts';
import type { SafeText } from '../output/escape.ts';
import { formatDuration, formatLocal } from '../output/format.ts';
import type { Draw, View } from '../output/output.ts';
import { clip } from '../output/value-difference.ts';
import { guestRef, presenceText } from './columns.ts';
import { dataAge } from './presence.ts';
import { SHEET_COLUMNS, type SheetLine, seenAt, toStateLines } from './sheet-lines.ts';

/** Of the further lines of a text that has no room in one. */
const INDENT = 8;

type Found = { kind: 'guest'; row: GuestRow } | Resource;

/** What `-o json` prints, besides the resource itself. */
interface Life {
  history: readonly ChangeRecord[];
  /** When it could not be observed; of guests. */
  unobservable: readonly EndedSpan[];
  /** Guests that had its id before. */
  previous: readonly GuestRow[];
}

type Lived = Found['row'] & Life;

/** Prints everything that ever happened to one guest, node or storage. */
export async function showHistory(
  context: CliContext,
  found: Found,
  { from, to, isPatch }: { from?: Date; to?: Date; isPatch: boolean },
): Promise<void> {
  const { row, kind } = found;
  const times = { ...(from && { since: from }), ...(to && { until: to }) };
  const changes = await (await context.app.history()).listChanges({ ...whose(found), ...times });
  const life =
    kind === 'guest' ? await (await context.app.inventory()).guestLife(row) : { unobservable: [], previous: [] };
  const isWithin = ({ since, until }: EndedSpan) => (!to || since <= to) && (!from || until === null || until >= from);
  const unobservable = life.unobservable.filter(isWithin);
  const value: Lived = { ...row, unobservable, previous: life.previous, history: byTime(toRecords(changes)) };
  const details = isPatch ? { details: (await import('../changes/patch-lines.ts')).patchLines } : {};
  const state = stateLines(found, context.now());
  const view: View<Lived, SheetLine> = {
    columns: SHEET_COLUMNS,
    rows: () => (context.options.output === 'name' ? state.slice(0, 1) : state),
    ref: () => refOf(found),
    layout: (shown, draw) => [
      draw.plain(state),
      ...(shown.history.length + unobservable.length > 0 ? [draw.line(''), draw.line('HISTORY')] : []),
      ...lifeBlock(shown, draw, details),
      ...previousBlock(shown, draw),
    ],
    footer: () => dataAge(context),
  };
  await context.output.print(value, view);
}

function whose({ kind, row: { id } }: Found): { guest: string } | { resource: string } {
  return kind === 'guest' ? { guest: id } : { resource: id };
}

function refOf(found: Found): string {
  return found.kind === 'guest' ? guestRef(found.row) : `${found.row.providerName}/${found.row.name}`;
}

function stateLines(found: Found, now: Date): SheetLine[] {
  const { row, kind } = found;
  return toStateLines({
    [kind]: refOf(found),
    name: kind === 'guest' ? row.name : null,
    kind: kind === 'guest' ? KIND_WORDS[row.kind] : null,
    presence: presenceText(row),
    'first seen': seenAt(row.firstSeenAt, now),
    'last seen': seenAt(row.lastSeenAt, now),
    gone: row.goneAt === null ? null : seenAt(row.goneAt, now),
  });
}

/** Actions, and in between when it could not be observed. */
function lifeBlock<Row>({ history, unobservable }: Life, draw: Draw<Row>, details: { details?: Details }): SafeText[] {
  const actions = toStories(history, { most: Number.POSITIVE_INFINITY }).map((story) => ({
    at: timeOf(story.first),
    lines: storyBlock([story], draw, { ...details, hasResource: false }),
  }));
  const spans = unobservable.map((span) => ({
    at: span.since,
    lines: [draw.words([{ text: `${formatLocal(span.since)}  ` }, { text: spanText(span), tone: 'warn' }], INDENT)],
  }));
  return [...actions, ...spans].toSorted((a, b) => a.at.getTime() - b.at.getTime()).flatMap(({ lines }) => lines);
}

function spanText({ since, until, reason }: EndedSpan): string {
  if (until === null) return `unobservable since then: ${clip(reason)}`;
  return `unobservable for ${formatDuration(until.getTime() - since.getTime())}: ${clip(reason)}`;
}

function previousBlock<Row>({ previous }: Life, draw: Draw<Row>): SafeText[] {
  if (previous.length === 0) return [];
  const lines = previous.map((row) => draw.words([{ text: previousText(row) }], INDENT));
  return [draw.line(''), draw.line('BEFORE IT'), ...lines];
}

function previousText({ id, name, kind, firstSeenAt, goneAt, lastSeenAt }: GuestRow & { kind: GuestKind }): string {
  const end = goneAt === null ? `last seen ${formatLocal(lastSeenAt)}` : `gone ${formatLocal(goneAt)}`;
  return `${KIND_WORDS[kind]} ${name === null ? '(no name)' : clip(name)}, first seen ${formatLocal(firstSeenAt)}, ${end}: rollcall history ${id}`;
}
