import type { ChangeRecord } from '../../types/change-record.ts';
import type { SafeText } from '../output/escape.ts';
import { formatLocal } from '../output/format.ts';
import type { Draw } from '../output/output.ts';
import type { Part } from '../output/table.ts';
import { textWidth } from '../output/text-width.ts';
import { clipTo } from '../output/value-difference.ts';
import {
  actorText,
  actorTone,
  fieldText,
  isFirstSight,
  KIND_TONE,
  serverTime,
  timeOf,
  wholeText,
  windowText,
} from './change-record.ts';
import { type Story, storyResource, totalsText } from './change-stories.ts';

/** Columns that a resource is padded to at most; longer ones push the rest of their line. */
const MOST_PADDED = 26;
const FIELD_INDENT = '    ';
const HEAD_INDENT = 8;
/** Characters of one piece of a line; servers may send names of a megabyte. */
const MOST_CHARACTERS = 300;

/** Further lines of one story, below its first. */
export type Details = (records: readonly ChangeRecord[]) => readonly Part[][];

/** A page of stories: who did what to which resource and when, in one line, and the fields below it. */
export function storyBlock<Row>(
  stories: readonly Story[],
  draw: Draw<Row>,
  { details = fieldLines, hasResource = true }: { details?: Details; hasResource?: boolean } = {},
): SafeText[] {
  const width = Math.min(MOST_PADDED, Math.max(0, ...stories.map((story) => textWidth(storyResource(story)))));
  return stories.flatMap((story) => [
    draw.words(headParts(story, hasResource ? width : null).map(clipped), HEAD_INDENT),
    ...details(story.totals === null ? story.records : []).map((parts) =>
      draw.words([{ text: FIELD_INDENT }, ...parts], HEAD_INDENT),
    ),
  ]);
}

function headParts(story: Story, width: number | null): Part[] {
  const { first, totals } = story;
  const resource = storyResource(story);
  const padding = ' '.repeat(Math.max(0, (width ?? 0) - textWidth(resource)));
  return [
    { text: `${formatLocal(timeOf(first))}  ` },
    ...(width === null ? [] : [{ text: `${resource}${padding}  ` }]),
    ...(totals === null
      ? actionParts(story)
      : [{ text: 'first seen', tone: KIND_TONE.created }, { text: `: ${totalsText(totals)}` }]),
  ];
}

/** `changed by alice@pve (update VM)`, `migrated, likely by root@pam (qmigrate)`, `removed from pve1, by unknown`. */
function actionParts({ first, records }: Story): Part[] {
  const hasFields = records.some((record) => fieldText(record) !== null);
  const word = `${hasFields ? eventWord(first) : wholeWord(first)}${first.event === 'from-log' ? ', from the log' : ''}`;
  const verb = /^first seen|^[^ ,]+/.exec(word)?.[0] ?? '';
  const how = first.via === null ? '' : ` (${first.via})`;
  const server = serverTime(first);
  return [
    { text: verb, tone: KIND_TONE[first.kind] },
    { text: word.slice(verb.length) },
    ...(isFirstSight(first) ? [] : byParts(first, word !== verb)),
    { text: how },
    ...(server === null ? [] : [{ text: `, by the server's clock ${formatLocal(server)}`, tone: 'warn' as const }]),
  ];
}

/** What happened where fields are told below: `changed`, `migrated`. */
function eventWord({ event, kind }: ChangeRecord): string {
  return event === null || event === 'from-log' ? kind : event.replace('-', ' ');
}

/** What happened to the whole of it: `created on pve1, running`. */
function wholeWord(record: ChangeRecord): string {
  return wholeText(record).replace(/^from log: /, '');
}

function byParts(record: ChangeRecord, hasComma: boolean): Part[] {
  const { actor, confidence, explainedAt } = record;
  const comma = hasComma ? ', ' : ' ';
  if (actor !== null) {
    const later = explainedAt === null ? '' : ', explained later';
    return [{ text: `${comma}${confidence === 'likely' ? 'likely ' : ''}by ${actorText(record)}${later}` }];
  }
  return [{ text: `${comma}by ` }, { text: `unknown, ${windowText(record)}`, tone: actorTone(record) }];
}

function fieldLines(records: readonly ChangeRecord[]): Part[][] {
  return records.flatMap((record) => {
    const text = fieldText(record);
    return text === null ? [] : [[clipped({ text })]];
  });
}

function clipped({ text, ...look }: Part): Part {
  return { text: clipTo(text, MOST_CHARACTERS), ...look };
}
