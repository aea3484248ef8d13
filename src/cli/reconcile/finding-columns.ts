import { ADVICE, type ShownFinding } from '../../services/reconcile/finding-service.ts';
import type { Comparison, Severity } from '../../types/finding.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatLocal, formatLocalIso } from '../output/format.ts';
import type { View } from '../output/output.ts';

const TONES: Readonly<Record<Severity, Tone>> = { high: 'bad', medium: 'warn', low: 'plain' };
/** Enough of an id to name one of thousands. */
const SHORT = 8;

export const FINDING_COLUMNS: readonly Column<ShownFinding>[] = [
  { key: 'id', raw: ({ id }) => id, text: ({ id }, { isWide }) => (isWide ? id : id.slice(0, SHORT)), isSolid: true },
  { key: 'severity', raw: ({ severity }) => severity, tone: ({ severity }) => TONES[severity] },
  { key: 'kind', header: 'FINDING', raw: ({ kind }) => kind },
  { key: 'subject', header: 'SERVER', raw: ({ subject }) => subject },
  { key: 'panel', raw: ({ panelName }) => panelName, spare: 2 },
  { key: 'record', raw: ({ recordId }) => recordId, detail: 'wide' },
  { key: 'account', raw: ({ accountName }) => accountName, spare: 3 },
  { key: 'evidence', raw: evidenceText },
  {
    key: 'since',
    raw: ({ firstSeenAt }) => firstSeenAt,
    text: ({ firstSeenAt }, { isWide }) => (isWide ? formatLocalIso(firstSeenAt) : formatLocal(firstSeenAt)),
    isSolid: true,
    spare: 1,
  },
  { key: 'state', raw: stateOf, detail: (rows) => rows.some(({ isOpen }) => !isOpen) },
  {
    key: 'assignedTo',
    header: 'ASSIGNED TO',
    raw: ({ assignedTo }) => assignedTo,
    detail: (rows) => rows.some(({ assignedTo }) => assignedTo !== null),
  },
  { key: 'advice', header: 'WHAT TO DO', raw: ({ kind }) => ADVICE[kind], detail: 'wide' },
];

/** `it has more than is billed: memory 4096 MiB in the panel, 8192 MiB here`. */
function evidenceText({ evidence: { text, comparisons, guests, records } }: ShownFinding): string {
  const concerned = [...guests, ...records];
  const more = [...comparisons.map(comparisonText), ...(concerned.length > 1 ? [concerned.join(', ')] : [])];
  return more.length === 0 ? text : `${text}: ${more.join('; ')}`;
}

function comparisonText({ field, panel, inventory }: Comparison): string {
  if (inventory === null) return `${field} ${panel ?? 'unknown'}`;
  return `${field} ${panel ?? 'unknown'} in the panel, ${inventory} here`;
}

function stateOf({ closedAt, closedWhy, isOpen, acceptedUntil }: ShownFinding): string {
  if (closedAt !== null) return `closed: ${closedWhy ?? ''}`;
  if (isOpen) return 'open';
  return acceptedUntil === null ? 'accepted' : `accepted until ${formatLocal(acceptedUntil)}`;
}

export function findingsView(empty: string): View<readonly ShownFinding[], ShownFinding> {
  return { columns: FINDING_COLUMNS, rows: (value) => value, ref: ({ id }) => id, empty };
}

/** What `findings show` prints. */
export function findingPairs(finding: ShownFinding): { key: string; value: string }[] {
  const { kind, severity, subject, panelName, recordId, accountName, firstSeenAt, lastSeenAt, assignedTo } = finding;
  const { text, comparisons, guests, records } = finding.evidence;
  const lines: Record<string, string | null> = {
    finding: `${kind} (${severity})`,
    id: finding.id,
    state: stateOf(finding),
    server: subject,
    panel: panelName,
    record: recordId,
    account: accountName,
    evidence: text,
    ...Object.fromEntries(comparisons.map((one) => [one.field, comparisonText(one).slice(one.field.length + 1)])),
    guests: guests.join(', '),
    records: records.join(', '),
    since: formatLocal(firstSeenAt),
    'last found': formatLocal(lastSeenAt),
    closed: finding.closedAt && formatLocal(finding.closedAt),
    'accepted by': finding.acceptedBy && `${finding.acceptedBy}: ${finding.acceptedReason ?? ''}`,
    'assigned to': assignedTo,
    'what to do': finding.closedAt === null ? ADVICE[kind] : null,
  };
  return Object.entries(lines).flatMap(([key, value]) => (value === null || value === '' ? [] : [{ key, value }]));
}
