import type { OperationStep, StepState } from '../../types/action.ts';
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

export const STEP_VIEW_COLUMNS: readonly Column<OperationStep>[] = [
  { key: 'provider', raw: ({ subject }) => subject.providerName },
  { key: 'vmid', raw: ({ plan }) => plan.lockVmid, align: 'right', isSolid: true },
  { key: 'name', raw: ({ subject }) => subject.name },
  { key: 'node', raw: ({ subject }) => subject.node },
  { key: 'did', raw: ({ plan }) => plan.calls.map(({ words }) => words).join(', ') || 'nothing to do' },
  { key: 'state', raw: ({ state }) => state, tone: ({ state }) => TONE[state] },
  {
    key: 'durationMs',
    header: 'TOOK',
    align: 'right',
    raw: ({ startedAt, finishedAt }) =>
      startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime(),
    text: ({ startedAt, finishedAt }) =>
      startedAt === null || finishedAt === null ? '' : formatDuration(finishedAt.getTime() - startedAt.getTime()),
  },
  { key: 'message', raw: ({ message }) => message, detail: (rows) => rows.some(({ message }) => message !== null) },
  { key: 'refs', header: 'UPID', raw: ({ calls }) => calls.flatMap(({ ref }) => ref ?? []), detail: 'wide' },
];
