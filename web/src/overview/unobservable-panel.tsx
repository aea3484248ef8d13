import { Link } from '@tanstack/react-router';
import type { FeedState } from '../../../src/client/feed-state.ts';
import { countText } from '../parts/format.ts';
import { Empty } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';

/** What the last runs could not see, and why. */
export function UnobservablePanel({ state }: { state: FeedState }) {
  const reasons = state.providers.flatMap((provider) => provider.unobservable.map((one) => ({ provider, ...one })));
  const scopes = state.providers.flatMap((provider) => provider.incomplete.map((one) => ({ provider, ...one })));
  return (
    <Panel
      title="Not observable"
      aside={
        <Link to="/hosts" search={{ q: 'presence=unobservable' }}>
          Show the hosts
        </Link>
      }
    >
      {reasons.length + scopes.length === 0 ? (
        <Empty title="Everything could be seen">The last run of every provider read all that its rights allow.</Empty>
      ) : (
        <ul className="list">
          {reasons.map(({ provider, reason, count, since }) => (
            <li key={`${provider.id} ${reason}`}>
              <strong>{countText(count, 'host')}</strong> of <Text>{provider.name}</Text>: <Text>{reason}</Text>{' '}
              <span className="muted">
                since <Ago at={since} none="an unknown time" />
              </span>
            </li>
          ))}
          {scopes.map(({ provider, scope, message, since }) => (
            <li key={`${provider.id} ${scope}`}>
              <span className="mono">
                <Text>{scope}</Text>
              </span>{' '}
              of <Text>{provider.name}</Text> is incomplete{message !== null && ': '}
              {message !== null && <Text>{message}</Text>}{' '}
              <span className="muted">
                since <Ago at={since} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
