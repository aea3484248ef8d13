import { Link } from '@tanstack/react-router';
import type { Operation, Provider } from '../../../src/protocol/resources.ts';
import { Empty } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { ProviderStatusSign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { operationOf } from '../sync/operation-of.ts';
import { scheduleText } from '../sync/schedule-text.ts';

interface Props {
  providers: readonly Provider[];
  operations: readonly Operation[];
}

export function ProvidersPanel({ providers, operations }: Props) {
  if (providers.length === 0) {
    return (
      <Panel title="Providers">
        <Empty title="No provider yet">
          <Link to="/providers" search={{ form: 'new' }}>
            Add a Proxmox VE cluster or a vCenter
          </Link>{' '}
          to see its hosts here.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Providers" aside={<Link to="/sync">Sync</Link>}>
      <ScrollRegion label="Providers, table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Status</th>
              <th scope="col">Last complete</th>
              <th scope="col" className="number">
                Hosts
              </th>
              <th scope="col" className="number">
                Unobservable
              </th>
              <th scope="col">Schedule</th>
              <th scope="col">To know</th>
            </tr>
          </thead>
          <tbody>
            {providers.map((provider) => (
              <ProviderRow key={provider.id} provider={provider} operation={operationOf(operations, provider.id)} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function ProviderRow({ provider, operation }: { provider: Provider; operation: Operation | undefined }) {
  return (
    <tr>
      <td>
        <Link to="/providers" search={{ provider: provider.id }}>
          <Text>{provider.name}</Text>
        </Link>{' '}
        <span className="muted">
          <Text>{provider.type}</Text>
        </span>
      </td>
      <td>
        <ProviderStatusSign status={provider.status} />
      </td>
      <td className="nowrap">
        <Ago at={provider.lastCompleteAt} none="never" />
      </td>
      <td className="number">{provider.counts.present.toLocaleString('en')}</td>
      <td className="number">{provider.counts.unobservable.toLocaleString('en')}</td>
      <td className="nowrap">{scheduleText(provider)}</td>
      <td>
        <Text>{operation === undefined ? newsOf(provider) : `${operation.kind} is ${operation.state}`}</Text>
      </td>
    </tr>
  );
}

/** The one thing about it that a reader should know. */
function newsOf({ lastRun, pauseReason, held, unobservable, incomplete }: Provider): string | null {
  if (pauseReason !== null) return pauseReason;
  if (lastRun?.error) return lastRun.error.message;
  if (held.length > 0) return `${held.length} ${held.length === 1 ? 'removal is' : 'removals are'} held`;
  const [first] = unobservable;
  if (first !== undefined) return first.reason;
  return incomplete[0]?.message ?? null;
}
