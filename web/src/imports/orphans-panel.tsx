import type { ImportedHost } from '../../../src/protocol/imports.ts';
import { Action } from '../parts/action.tsx';
import { countText } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { Sign } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';
import { When } from '../parts/when.tsx';

interface Props {
  orphans: readonly ImportedHost[];
  onArchive: (hostIds: readonly string[]) => void;
  refusal: string | null;
  isBusy: boolean;
}

/** Connections to hosts that are gone. Those of files are taken out of them by the command. */
export function OrphansPanel({ orphans, onArchive, refusal, isBusy }: Props) {
  if (orphans.length === 0) return null;
  const ofPage = orphans.filter(({ format }) => format === 'web').map(({ hostId }) => hostId);
  return (
    <Panel
      title={`Orphaned (${orphans.length})`}
      aside={
        <Action
          onClick={() => onArchive(ofPage)}
          refusal={
            refusal ?? (ofPage.length === 0 ? 'Those of files: rollcall import-hosts --orphans --archive' : null)
          }
          isBusy={isBusy}
        >
          Archive {countText(ofPage.length, 'connection')}
        </Action>
      }
    >
      <ul className="list">
        {orphans.map(({ hostId, name, format, importedAt, importedBy }) => (
          <li key={hostId}>
            <Sign tone="warn">gone</Sign>{' '}
            <strong>
              <Text>{name}</Text>
            </strong>{' '}
            <span className="muted">
              imported <When at={importedAt} /> by <Text>{importedBy}</Text>
              {format !== 'web' && `; in a file of ${format}, archived by rollcall import-hosts --orphans --archive`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
