import type { Operation } from '../../../src/protocol/resources.ts';
import { useLive } from '../live/live-context.tsx';
import { Sign, type Tone } from '../parts/sign.tsx';
import { safe } from '../parts/text.tsx';

export function OperationProgress({ operation }: { operation: Operation }) {
  const { progress } = useLive();
  const told = progress[operation.id] ?? operation.progress;
  if (operation.state !== 'running' || operation.cancelledBy !== null || told === null) {
    return <Sign tone={TONES[operation.state]}>{stateText(operation)}</Sign>;
  }
  const { step, done, total } = told;
  return (
    <span className="progress">
      <progress aria-label={`${operation.kind}: ${step}`} {...(total === null ? {} : { value: done, max: total })} />
      <span className="muted">
        {step} {done.toLocaleString('en')}
        {total !== null && ` of ${total.toLocaleString('en')}`}
      </span>
    </span>
  );
}

const TONES: Readonly<Record<Operation['state'], Tone>> = {
  waiting: 'muted',
  running: 'info',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
};

/** One that has ended before it could be cancelled is as it ended. */
function stateText({ state, cancelledBy }: Operation): string {
  if (cancelledBy === null) return state;
  if (state === 'cancelled') return `cancelled by ${safe(cancelledBy)}`;
  return state === 'running' ? `being cancelled by ${safe(cancelledBy)}` : state;
}
