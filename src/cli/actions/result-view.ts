import type { ShownStep } from '../../services/actions/shown-action.ts';
import type { StepState } from '../../types/action.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatDuration } from '../output/format.ts';

const TONE: Readonly<Record<StepState, Tone>> = {
  waiting: 'dim',
  running: 'good',
  done: 'good',
  warning: 'warn',
  failed: 'bad',
  unknown: 'bad',
  skipped: 'dim',
  cancelled: 'warn',
};

/** What became of each guest of an operation. */
export const STEP_VIEW_COLUMNS: readonly Column<ShownStep>[] = [
  { key: 'provider', raw: ({ provider }) => provider },
  { key: 'vmid', raw: ({ vmid }) => vmid, align: 'right', isSolid: true },
  { key: 'name', raw: ({ name }) => name },
  { key: 'node', raw: ({ node }) => node },
  { key: 'sent', raw: ({ calls }) => calls.map(({ words }) => words).join(', ') || 'nothing' },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => TONE[state] },
  {
    key: 'durationMs',
    header: 'TOOK',
    align: 'right',
    raw: durationMs,
    text: (step) => {
      const ms = durationMs(step);
      return ms === null ? '' : formatDuration(ms);
    },
  },
  { key: 'message', raw: ({ message }) => message, detail: (rows) => rows.some(({ message }) => message !== null) },
  { key: 'refs', header: 'UPID', raw: ({ calls }) => calls.flatMap(({ ref }) => ref ?? []), detail: 'wide' },
];

function durationMs({ startedAt, finishedAt }: ShownStep): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();
}
