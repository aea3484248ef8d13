import type { Operation } from '../../../src/protocol/resources.ts';
import { useLive } from '../live/live-context.tsx';
import { Sign, type Tone } from '../parts/sign.tsx';

export function OperationProgress({ operation }: { operation: Operation }) {
  const { progress } = useLive();
  const told = progress[operation.id] ?? operation.progress;
  if (operation.state !== 'running' || told === null) {
    return <OperationState state={operation.state} />;
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

function OperationState({ state }: Pick<Operation, 'state'>) {
  return <Sign tone={TONES[state]}>{state}</Sign>;
}
