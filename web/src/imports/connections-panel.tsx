import { Link } from '@tanstack/react-router';
import type { ImportedHost } from '../../../src/protocol/imports.ts';
import { Empty } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';

export function ConnectionsPanel({ items }: { items: readonly ImportedHost[] }) {
  return (
    <Panel title={`Connections (${items.length.toLocaleString('en')})`}>
      {items.length === 0 ? (
        <Empty title="Nothing is imported yet">Mark hosts above, or write a file with rollcall import-hosts.</Empty>
      ) : (
        <ScrollRegion label="Connections">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Address</th>
                <th scope="col">Written for</th>
                <th scope="col">Imported</th>
                <th scope="col">By</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {items.map(
                ({ hostId, connectionId, name, address, format, importedAt, importedBy, isGone, archivedAt }) => (
                  <tr key={`${connectionId} ${format}`}>
                    <td>
                      <Link to="/hosts/$id" params={{ id: hostId }} preload={false}>
                        <Text>{name}</Text>
                      </Link>
                    </td>
                    <td>
                      <Text>{address}</Text>
                    </td>
                    <td>{format === 'web' ? 'no file' : format}</td>
                    <td className="nowrap">
                      <When at={importedAt} />
                    </td>
                    <td>
                      <Text>{importedBy}</Text>
                    </td>
                    <td>
                      {archivedAt !== null ? (
                        <Sign tone="muted">archived</Sign>
                      ) : isGone ? (
                        <Sign tone="warn">orphaned</Sign>
                      ) : (
                        <Sign tone="good">in use</Sign>
                      )}
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Panel>
  );
}
