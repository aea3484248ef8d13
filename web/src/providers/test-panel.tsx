import { useEffect, useRef } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import type { ConnectionCheck } from '../../../src/providers/provider.ts';
import { api } from '../api/request.ts';
import { Action } from '../parts/action.tsx';
import { Failure } from '../parts/notice.tsx';
import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { OperationProgress } from '../sync/progress.tsx';
import { useOperation } from './use-operation.ts';

/** Each step of the way to the provider: what was found, and after a failure the next thing to try. */
export function TestPanel({ provider }: { provider: Provider }) {
  const { start, isRunning, operation, error } = useOperation(() => api.requestTest(provider.id));
  const isStarted = useRef(false);
  useEffect(() => {
    if (isStarted.current) return;
    isStarted.current = true;
    start();
  });
  return (
    <div className="tool" aria-live="polite">
      <div className="view-actions">
        <h3>Test</h3>
        {operation !== undefined && <OperationProgress operation={operation} />}
        <Action onClick={start} isBusy={isRunning}>
          Test again
        </Action>
      </div>
      {error !== null && <Failure error={error} />}
      {operation?.error != null && <Failure error={operation.error} />}
      <ol>
        {stepsOf(operation?.result).map((check) => (
          <li key={`${check.endpoint} ${check.step} ${check.message}`} className="step">
            <Sign tone={check.ok ? (check.isWarning === true ? 'warn' : 'good') : 'bad'}>{check.step}</Sign>
            <span>
              <Text>{check.message}</Text>
              {check.hint !== undefined && (
                <span className="muted">
                  {' '}
                  <Text>{check.hint}</Text>
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function stepsOf(result: unknown): ConnectionCheck[] {
  return Array.isArray(result) ? result.filter(isCheck) : [];
}

function isCheck(value: unknown): value is ConnectionCheck {
  return typeof value === 'object' && value !== null && 'step' in value && 'ok' in value;
}
