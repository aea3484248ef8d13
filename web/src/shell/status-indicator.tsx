import { Popover } from '@base-ui/react/popover';
import { type Live, useLive, useRefresh } from '../live/live-context.tsx';
import { Action } from '../parts/action.tsx';
import { connectionWord } from '../parts/connection-word.ts';
import { Failure } from '../parts/notice.tsx';
import { Sign } from '../parts/sign.tsx';
import { Ago, When } from '../parts/when.tsx';

/** How well the page knows what the server knows; everywhere. */
export function StatusIndicator() {
  const live = useLive();
  const refresh = useRefresh();
  const { tone, word } = connectionWord(live);
  return (
    <Popover.Root>
      <Popover.Trigger className="button quiet status-button" aria-label={`Connection: ${word}`}>
        <Sign tone={tone}>{word}</Sign>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="positioner">
          <Popover.Popup className="popup">
            <Popover.Title className="popup-title">Connection</Popover.Title>
            <dl className="facts">
              <dt>Transport</dt>
              <dd>{TRANSPORTS[live.transport]}</dd>
              <dt>Stale since</dt>
              <dd>
                <Ago at={live.staleSince} none="it is not" />
              </dd>
              <dt>State as of</dt>
              <dd>
                <When at={live.state?.at} />
              </dd>
              <dt>Revision</dt>
              <dd>{live.state === null ? '—' : `${live.state.rev} (epoch ${live.state.epoch})`}</dd>
              <dt>Version</dt>
              <dd className="mono">{live.state?.version ?? '—'}</dd>
            </dl>
            {live.error !== null && <Failure error={live.error} />}
            <Action onClick={() => void refresh()}>Refresh now</Action>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const TRANSPORTS: Readonly<Record<Live['transport'], string>> = {
  websocket: 'WebSocket: changes arrive as they are committed',
  polling: 'Polling: the WebSocket is not available, changes arrive later',
  none: 'None',
};
