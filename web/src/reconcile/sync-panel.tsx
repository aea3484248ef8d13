import type { ServerSyncStatus } from '../../../src/protocol/reconcile.ts';
import { Action } from '../parts/action.tsx';
import { countText } from '../parts/format.ts';
import { Failure } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { Sign, type Tone } from '../parts/sign.tsx';
import { Ago } from '../parts/when.tsx';

interface Props {
  status: ServerSyncStatus;
  error: unknown;
  onSync: () => void;
  isBusy: boolean;
  refusal?: string | null;
}

const TONES: Readonly<Record<NonNullable<ServerSyncStatus['lastSync']>['outcome'], Tone>> = {
  complete: 'good',
  partial: 'warn',
  failed: 'bad',
};

/** How the servers stand, and the button that has them compared. */
export function SyncPanel({ status, error, onSync, isBusy, refusal = null }: Props) {
  const { totals, externalServers, billingRecords } = status;
  return (
    <Panel
      title="Comparison"
      aside={
        <Action tone="primary" onClick={onSync} isBusy={isBusy} refusal={refusal}>
          {isBusy ? 'Comparing…' : 'Compare now'}
        </Action>
      }
    >
      {error !== null && <Failure error={error} />}
      <dl className="facts panel-body">
        <dt>Last</dt>
        <dd>
          <Last status={status} />
        </dd>
        <dt>Servers</dt>
        <dd>
          {totals.servers.toLocaleString('en')}, {totals.running.toLocaleString('en')} running
        </dd>
        <dt>Findings</dt>
        <dd>{totals.findings === 0 ? 'none' : <Sign tone="warn">{`${totals.findings} open`}</Sign>}</dd>
        <dt>External</dt>
        <dd>
          {externalServers === 0 ? (
            'none'
          ) : (
            <Sign tone="bad">{`${countText(externalServers, 'server')} no panel knows`}</Sign>
          )}
        </dd>
        <dt>Billing</dt>
        <dd>
          {countText(billingRecords.servers, 'server')} in the book,{' '}
          {countText(billingRecords.proposals, 'open proposal')}
        </dd>
      </dl>
    </Panel>
  );
}

function Last({ status: { lastSync, operation } }: { status: ServerSyncStatus }) {
  if (operation !== null) {
    const { state, done, total } = operation;
    return (
      <span role="status">
        {state}
        {done !== null && total !== null && (
          <>
            {' '}
            <progress value={done} max={total} /> {done} of {total}
          </>
        )}
      </span>
    );
  }
  if (lastSync === null) return <>never</>;
  const { synced, new: added, updated, errors } = lastSync.counts;
  return (
    <>
      <Sign tone={TONES[lastSync.outcome]}>{lastSync.outcome}</Sign> <Ago at={lastSync.finishedAt} />: {synced} matched,{' '}
      {added} new, {updated} updated{errors > 0 && `, ${countText(errors, 'error')}`}
    </>
  );
}
