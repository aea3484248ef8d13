import { formatAge, formatLocal } from '../../../src/cli/output/format.ts';
import { useNow } from './clock.ts';
import { utcText } from './format.ts';

interface Props {
  at: string | Date | null | undefined;
  /** Said where there is no time. */
  none?: string;
}

/** A time in the reader's zone; UTC on hover. */
export function When({ at, none = '—' }: Props) {
  const date = toDate(at);
  if (date === null) return <span className="none">{none}</span>;
  return (
    <time dateTime={date.toISOString()} title={utcText(date)}>
      {formatLocal(date)}
    </time>
  );
}

/** How long ago; the time itself, local and in UTC, on hover. */
export function Ago({ at, none = '—' }: Props) {
  const now = useNow();
  const date = toDate(at);
  if (date === null) return <span className="none">{none}</span>;
  return (
    <time dateTime={date.toISOString()} title={`${formatLocal(date)} (${utcText(date)})`}>
      {formatAge(date, new Date(now))}
    </time>
  );
}

function toDate(at: Props['at']): Date | null {
  if (at === null || at === undefined) return null;
  const date = typeof at === 'string' ? new Date(at) : at;
  return Number.isNaN(date.getTime()) ? null : date;
}
