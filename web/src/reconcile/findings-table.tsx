import { Link } from '@tanstack/react-router';
import type { Finding } from '../../../src/protocol/reconcile.ts';
import { Action } from '../parts/action.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { safe, Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { Comparisons, SeveritySign } from './finding-parts.tsx';

interface Gate {
  refusal: string | null;
  isBusy: boolean;
  onAccept: (finding: Finding) => void;
  onAssign: (finding: Finding) => void;
}

export function FindingsTable({ title, findings, ...gate }: Gate & { title: string; findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <Panel title={`${title} (${findings.length.toLocaleString('en')})`}>
      <ScrollRegion label={`${title}, table`}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Severity</th>
              <th scope="col">What</th>
              <th scope="col">Server</th>
              <th scope="col">Evidence</th>
              <th scope="col">Account</th>
              <th scope="col">Since</th>
              <th scope="col">Assigned</th>
              <th scope="col">Decision</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((finding) => (
              <FindingRow key={finding.id} finding={finding} {...gate} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function FindingRow({ finding, refusal, isBusy, onAccept, onAssign }: Gate & { finding: Finding }) {
  const { kind, severity, subject, guestId, panelName, accountName, evidence, firstSeenAt, assignedTo } = finding;
  const name = <Text>{subject}</Text>;
  return (
    <tr>
      <td>
        <SeveritySign severity={severity} />
      </td>
      <td className="nowrap">{kind}</td>
      <td>
        {guestId === null ? (
          name
        ) : (
          <Link to="/hosts/$id" params={{ id: guestId }} preload={false}>
            {name}
          </Link>
        )}
      </td>
      <td>
        <Text>{panelName === '' ? evidence.text : `${evidence.text} (${panelName})`}</Text>
        <Comparisons comparisons={evidence.comparisons} />
      </td>
      <td>
        <Text>{accountName ?? 'unowned'}</Text>
      </td>
      <td className="nowrap">
        <Ago at={firstSeenAt} />
      </td>
      <td>
        <Text>{assignedTo ?? 'nobody'}</Text>
      </td>
      <td className="nowrap">
        <Action onClick={() => onAccept(finding)} refusal={refusal} isBusy={isBusy} label={`Accept ${safe(subject)}`}>
          Accept
        </Action>{' '}
        <Action onClick={() => onAssign(finding)} refusal={refusal} isBusy={isBusy} label={`Take ${safe(subject)}`}>
          Take
        </Action>
      </td>
    </tr>
  );
}
