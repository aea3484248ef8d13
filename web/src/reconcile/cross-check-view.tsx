import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Finding, Proposal } from '../../../src/protocol/reconcile.ts';
import { get, write } from '../api/request.ts';
import { announce } from '../parts/announce.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { useRefusal, useSession } from '../shell/session.tsx';
import { FindingsTable } from './findings-table.tsx';
import { ProposalsPanel } from './proposals-panel.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { SyncPanel } from './sync-panel.tsx';
import { SERVERS_KEY, useServerSync } from './use-server-sync.ts';

const MOST = 1000;

interface Findings {
  items: Finding[];
  next: string | null;
}

/** What runs, compared with what panels say: findings are looked at and decided on. */
export function CrossCheckView() {
  const { status, error, retry, sync, isBusy } = useServerSync('/admin');
  const findings = useQuery({
    queryKey: [...SERVERS_KEY, 'findings'],
    queryFn: () => get<Findings>('/findings', { limit: MOST }),
  });
  const mayDecide = useRefusal('operator', 'everything') === null;
  const proposals = useQuery({
    queryKey: [...SERVERS_KEY, 'proposals'],
    queryFn: () => get<{ items: Proposal[] }>('/billing/proposals'),
    enabled: mayDecide,
  });
  const syncRefusal = useRefusal('admin', 'everything');
  if (status === undefined) {
    return error === null ? <Loading what="findings" /> : <Failure error={error} retry={retry} />;
  }
  return (
    <div className="view">
      <h1>Cross-check</h1>
      <SyncPanel status={status} error={error} onSync={sync} isBusy={isBusy} refusal={syncRefusal} />
      {findings.error !== null && <Failure error={findings.error} retry={() => void findings.refetch()} />}
      {findings.data !== undefined && (
        <Decisions findings={findings.data.items} hasMore={findings.data.next !== null} />
      )}
      {proposals.data !== undefined && <ProposalsPanel proposals={proposals.data.items} />}
    </div>
  );
}

function Decisions({ findings, hasMore }: { findings: readonly Finding[]; hasMore: boolean }) {
  const queries = useQueryClient();
  const refusal = useRefusal('operator', 'everything');
  const { session } = useSession();
  const [accepted, setAccepted] = useState<Finding | null>(null);
  const decide = useMutation({
    mutationFn: ({ id, what, body }: { id: string; what: 'accept' | 'assign'; body: unknown }) =>
      write<Finding>('POST', `/findings/${encodeURIComponent(id)}/${what}`, body),
    onSuccess: (_finding, { what }) => announce(`Finding ${what}ed`),
    onSettled: () => queries.invalidateQueries({ queryKey: SERVERS_KEY }),
  });
  const me = session?.principal?.name ?? null;
  if (findings.length === 0) {
    return (
      <Empty title="Nothing differs">
        Panels are stored with rollcall panel add, and compared with the button above.
      </Empty>
    );
  }
  const gate = {
    refusal,
    isBusy: decide.isPending,
    onAccept: setAccepted,
    onAssign: ({ id }: Finding) => decide.mutate({ id, what: 'assign', body: { to: me } }),
  };
  return (
    <>
      {decide.error !== null && <Failure error={decide.error} />}
      <FindingsTable
        title="External servers"
        findings={findings.filter(({ kind }) => kind === 'external-server')}
        {...gate}
      />
      <FindingsTable
        title="Other findings"
        findings={findings.filter(({ kind }) => kind !== 'external-server')}
        {...gate}
      />
      {hasMore && (
        <p className="muted">
          The newest {MOST.toLocaleString('en')}: <code>rollcall list-findings</code> has all of them.
        </p>
      )}
      {accepted !== null && (
        <ReasonDialog
          title={`Accept ${accepted.kind}`}
          subject={accepted.subject}
          action="Accept"
          help="It waits for nobody any more."
          onClose={() => setAccepted(null)}
          onDecide={(reason) => {
            decide.mutate({ id: accepted.id, what: 'accept', body: { reason } });
            setAccepted(null);
          }}
        />
      )}
    </>
  );
}
