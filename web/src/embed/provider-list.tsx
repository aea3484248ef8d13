import type { ReactNode } from 'react';
import type { FeedState } from '../../../src/client/feed-state.ts';
import { useFeed } from '../../../src/client/react/use-feed.ts';
import { useProviders } from '../../../src/client/react/use-inventory.ts';
import type { Operation, Provider } from '../../../src/protocol/resources.ts';
import { ProviderStatusSign, Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { operationOf } from '../sync/operation-of.ts';

function operationsOf(state: FeedState | null): readonly Operation[] | null {
  return state?.operations ?? null;
}

/** Every provider in a line: status, age, and what runs. */
export function ProviderList(): ReactNode {
  const providers = useProviders();
  const operations = useFeed(operationsOf);
  return (
    <ul className="rollcall rollcall-list">
      {providers.map((provider) => (
        <ProviderLine key={provider.id} provider={provider} operation={operationOf(operations ?? [], provider.id)} />
      ))}
    </ul>
  );
}

function ProviderLine({ provider, operation }: { provider: Provider; operation: Operation | undefined }) {
  const { name, status, counts, lastCompleteAt } = provider;
  return (
    <li>
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
        <Sign tone="info">{progressText(operation)}</Sign>
      )}
    </li>
  );
}

function progressText({ kind, state, progress }: Operation): string {
  if (progress === null) return `${kind} ${state}`;
  const { step, done, total } = progress;
  return `${kind}: ${step} ${done}${total === null ? '' : ` of ${total}`}`;
}
