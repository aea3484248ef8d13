import type { Proposal } from '../../../src/protocol/reconcile.ts';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';

/** What is proposed to be billed or credited, until somebody decides on it. */
export function ProposalsPanel({ proposals }: { proposals: readonly Proposal[] }) {
  if (proposals.length === 0) return null;
  return (
    <Panel title={`Proposals (${proposals.length.toLocaleString('en')})`}>
      <ScrollRegion label="Proposals, table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Server</th>
              <th scope="col">Account</th>
              <th scope="col">Amount</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {proposals.map(({ id, kind, subject, accountKey, amount, currency, createdAt }) => (
              <tr key={id}>
                <td>{kind}</td>
                <td>
                  <Text>{subject}</Text>
                </td>
                <td>
                  <Text>{accountKey ?? 'unowned'}</Text>
                </td>
                <td className="nowrap">{amount === null ? 'none' : `${amount} ${currency ?? ''}`}</td>
                <td className="nowrap">
                  <Ago at={createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="muted panel-body">
        Nothing is written before somebody applies it: <code>rollcall billing apply</code>, or the API.
      </p>
    </Panel>
  );
}
