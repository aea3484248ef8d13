import { useLive } from '../live/live-context.tsx';
import { ProviderStatusSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { OperationProgress } from './progress.tsx';

/** Every provider in a line: status, age, and what runs. */
export function ProviderList() {
  const { state } = useLive();
  if (state === null) return null;
  return (
    <ul className="list provider-list">
      {state.providers.map(({ id, name, status, lastCompleteAt, counts }) => {
        const operation = state.operations.find(({ providerId }) => providerId === id);
        return (
          <li key={id}>
            <span>
              <Text>{name}</Text> <span className="muted">{counts.present.toLocaleString('en')} hosts</span>
            </span>
            {operation === undefined ? (
              <span>
                <ProviderStatusSign status={status} />{' '}
                <span className="muted">
                  <Ago at={lastCompleteAt} none="never" />
                </span>
              </span>
            ) : (
              <OperationProgress operation={operation} />
            )}
          </li>
        );
      })}
    </ul>
  );
}
