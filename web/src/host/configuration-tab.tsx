import { useState } from 'react';
import { formatValue } from '../../../src/cli/output/format-value.ts';
import type { Document } from '../../../src/types/document.ts';
import { countText } from '../parts/format.ts';
import { Empty } from '../parts/notice.tsx';
import { Text } from '../parts/text.tsx';

/** Every field that is tracked. Secrets are masked before they are stored. */
export function ConfigurationTab({ document }: { document: Document }) {
  const [wanted, setWanted] = useState('');
  const words = wanted.toLowerCase();
  const rows = Object.entries(document)
    .map(([path, value]) => ({ path, text: formatValue(path, value) }))
    .filter(({ path, text }) => `${path} ${text}`.toLowerCase().includes(words))
    .sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  if (Object.keys(document).length === 0) {
    return (
      <Empty title="Its configuration was never read">The rights of the provider, or its node, did not allow it.</Empty>
    );
  }
  return (
    <section className="panel" aria-label="Configuration">
      <div className="panel-head">
        <input
          className="input filter"
          type="search"
          aria-label="Filter fields"
          placeholder="Filter fields"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          data-search
        />
        <span className="muted" role="status">
          {countText(rows.length, 'field')}
        </span>
      </div>
      <table className="table">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, text }) => (
            <tr key={path}>
              <th scope="row" className="mono path">
                <Text>{path}</Text>
              </th>
              <td className="value">
                <Text>{text}</Text>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
