import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Host } from '../../../src/protocol/resources.ts';
import { useHostRows } from '../hosts/use-host-rows.ts';
import { Action } from '../parts/action.tsx';
import { countText } from '../parts/format.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { HostStatus } from '../parts/sign.tsx';
import { safe, Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { SelectorField } from '../time/selector-field.tsx';

interface Props {
  imported: ReadonlySet<string>;
  onImport: (hostIds: readonly string[]) => void;
  refusal: string | null;
  isBusy: boolean;
}

const SHOWN = 100;
const NONE: readonly string[] = [];

/** Hosts that nobody connects to yet, newest first. */
export function NewHostsPanel({ imported, onImport, refusal, isBusy }: Props) {
  const [selector, setSelector] = useState('');
  const [marked, setMarked] = useState(NONE);
  const { hosts, isLoading, error, retry } = useCandidates(selector, imported);
  const shown = hosts.slice(0, SHOWN);
  const chosen = marked.filter((id) => shown.some((host) => host.id === id));
  const areAll = shown.length > 0 && chosen.length === shown.length;
  return (
    <Panel
      title={`Not imported (${hosts.length.toLocaleString('en')})`}
      aside={
        <Action
          tone="primary"
          onClick={() => {
            onImport(chosen);
            setMarked(NONE);
          }}
          refusal={refusal ?? (chosen.length === 0 ? 'Mark hosts first' : null)}
          isBusy={isBusy}
        >
          Import marked ({chosen.length})
        </Action>
      }
    >
      <div className="panel-body">
        <SelectorField value={selector} onChange={setSelector} />
      </div>
      {error !== null && <Failure error={error} retry={retry} />}
      {isLoading && <Loading what="hosts" />}
      {error === null && !isLoading && hosts.length === 0 && (
        <Empty title="Nothing to review">
          {selector === '' ? 'Every host is imported; new ones appear here by themselves.' : 'Write another selector.'}
        </Empty>
      )}
      {error === null && hosts.length > 0 && (
        <ScrollRegion label="Hosts that are not imported">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">
                  <input
                    type="checkbox"
                    aria-label="Mark all that are shown"
                    checked={areAll}
                    onChange={() => setMarked(areAll ? NONE : shown.map(({ id }) => id))}
                  />
                </th>
                <th scope="col">Name</th>
                <th scope="col">Status</th>
                <th scope="col">System</th>
                <th scope="col">Addresses</th>
                <th scope="col">First seen</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((host) => (
                <HostRow
                  key={host.id}
                  host={host}
                  isMarked={chosen.includes(host.id)}
                  onToggle={() => setMarked(toggled(chosen, host.id))}
                />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      {hosts.length > SHOWN && (
        <p className="panel-body muted">
          The newest {SHOWN}; {countText(hosts.length - SHOWN, 'more host')} by a selector.
        </p>
      )}
    </Panel>
  );
}

function HostRow({ host, isMarked, onToggle }: { host: Host; isMarked: boolean; onToggle: () => void }) {
  const name = host.name ?? host.nativeId;
  return (
    <tr>
      <td>
        <input type="checkbox" aria-label={`Mark ${safe(name)}`} checked={isMarked} onChange={onToggle} />
      </td>
      <td>
        <Link to="/hosts/$id" params={{ id: host.id }} preload={false}>
          <Text>{name}</Text>
        </Link>
      </td>
      <td>
        <HostStatus status={host.status} />
      </td>
      <td>
        <Text>{host.os ?? host.osType}</Text>
      </td>
      <td>
        <Text>{host.addresses.join(', ')}</Text>
      </td>
      <td className="nowrap">
        <Ago at={host.firstSeenAt} />
      </td>
    </tr>
  );
}

function useCandidates(selector: string, imported: ReadonlySet<string>) {
  const { rows, isLoading, error, retry } = useHostRows(selector, undefined);
  const hosts = useMemo(
    () =>
      rows
        .flatMap(({ host }) => (imported.has(host.id) || host.isTemplate === true ? [] : [host]))
        .sort((a, b) => b.firstSeenAt.localeCompare(a.firstSeenAt)),
    [rows, imported],
  );
  return { hosts, isLoading, error, retry };
}

function toggled(marked: readonly string[], id: string): readonly string[] {
  return marked.includes(id) ? marked.filter((one) => one !== id) : [...marked, id];
}
