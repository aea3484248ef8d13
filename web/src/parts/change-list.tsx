import { Link } from '@tanstack/react-router';
import { actorText, changeText, isFirstSight, timeOf } from '../../../src/cli/changes/change-record.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import { ScrollRegion } from './scroll-region.tsx';
import { ConfidenceSign } from './sign.tsx';
import { Text } from './text.tsx';
import { When } from './when.tsx';

interface Props {
  records: readonly ChangeRecord[];
  /** On the page of one host its name is known. */
  hasResource?: boolean;
  label: string;
}

export function ChangeList({ records, hasResource = true, label }: Props) {
  return (
    <ScrollRegion label={`${label}, table`}>
      <table className="table changes">
        <thead>
          <tr>
            <th scope="col">When</th>
            {hasResource && <th scope="col">What</th>}
            <th scope="col">Change</th>
            <th scope="col">Who</th>
            <th scope="col">How sure</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={`${record.rev}.${record.seq}.${record.path}`}>
              <td className="nowrap">
                <When at={timeOf(record)} />
              </td>
              {hasResource && (
                <td>
                  <ResourceLink record={record} />
                </td>
              )}
              <td className="change-text">
                <Text>{changeText(record)}</Text>
              </td>
              <td>
                <Text>{actorText(record)}</Text>
                {record.via !== null && (
                  <span className="muted">
                    {' '}
                    <Text>{record.via}</Text>
                  </span>
                )}
              </td>
              <td>{!isFirstSight(record) && <ConfidenceSign {...record} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function ResourceLink({ record }: { record: ChangeRecord }) {
  const { resourceType, resourceId, name, vmid, provider } = record;
  const title = name ?? (vmid === null ? resourceId : String(vmid));
  return (
    <>
      {resourceType === 'guest' ? (
        <Link to="/hosts/$id" params={{ id: resourceId }} search={{ tab: 'history' }} preload={false}>
          <Text>{title}</Text>
        </Link>
      ) : (
        <Text>{title}</Text>
      )}{' '}
      <span className="muted">
        <Text>{resourceType === 'guest' ? provider : `${provider}, ${resourceType}`}</Text>
      </span>
    </>
  );
}
