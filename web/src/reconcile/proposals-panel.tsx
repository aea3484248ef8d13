import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import type { Proposal } from '../../../src/protocol/reconcile.ts';
import { write } from '../api/request.ts';
import { Action } from '../parts/action.tsx';
import { announce } from '../parts/announce.tsx';
import { Failure } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { safe, Text } from '../parts/text.tsx';
import { Ago } from '../parts/when.tsx';
import { useRefusal } from '../shell/session.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { SERVERS_KEY } from './use-server-sync.ts';

const DECISIONS = {
  apply: { word: 'Apply', said: 'Proposal applied', help: 'It is written into the account book for good.' },
  reject: { word: 'Reject', said: 'Proposal rejected', help: 'Its hours are not proposed again.' },
} as const;

interface Decision {
  what: keyof typeof DECISIONS;
  proposal: Proposal;
}

/** What is proposed to be billed or credited, until somebody decides about it. */
export function ProposalsPanel({ proposals }: { proposals: readonly Proposal[] }) {
  const queries = useQueryClient();
  const refusal = useRefusal('admin', 'everything');
  const [asked, setAsked] = useState<Decision | null>(null);
  const decide = useMutation({
    mutationFn: ({ what, proposal, reason }: Decision & { reason: string }) =>
      write<Proposal>('POST', `/billing/proposals/${encodeURIComponent(proposal.id)}/${what}`, { reason }),
    onSuccess: (_proposal, { what }) => announce(DECISIONS[what].said),
    onSettled: () => queries.invalidateQueries({ queryKey: SERVERS_KEY }),
  });
  if (proposals.length === 0 && decide.error === null) return null;
  const gate = { refusal, isBusy: decide.isPending, onAsk: setAsked };
  return (
    <Panel title={`Proposals (${proposals.length.toLocaleString('en')})`}>
      {decide.error !== null && <Failure error={decide.error} />}
      <ScrollRegion label="Proposals, table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Server</th>
              <th scope="col">Account</th>
              <th scope="col">Amount</th>
              <th scope="col">Since</th>
              <th scope="col">Decision</th>
            </tr>
          </thead>
          <tbody>
            {proposals.map((proposal) => (
              <ProposalRow key={proposal.id} proposal={proposal} {...gate} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {asked !== null && (
        <ReasonDialog
          title={`${DECISIONS[asked.what].word} ${asked.proposal.kind}`}
          subject={`${asked.proposal.subject}: ${amountOf(asked.proposal)}`}
          action={DECISIONS[asked.what].word}
          help={DECISIONS[asked.what].help}
          onClose={() => setAsked(null)}
          onDecide={(reason) => {
            decide.mutate({ ...asked, reason });
            setAsked(null);
          }}
        />
      )}
    </Panel>
  );
}

interface RowProps {
  proposal: Proposal;
  refusal: string | null;
  isBusy: boolean;
  onAsk: (decision: Decision) => void;
}

function ProposalRow({ proposal, refusal, isBusy, onAsk }: RowProps) {
  const { kind, subject, accountKey, createdAt } = proposal;
  return (
    <tr>
      <td>{kind}</td>
      <td>
        <Text>{subject}</Text>
      </td>
      <td>
        <Text>{accountKey ?? 'unowned'}</Text>
      </td>
      <td className="nowrap">{amountOf(proposal)}</td>
      <td className="nowrap">
        <Ago at={createdAt} />
      </td>
      <td className="nowrap">
        {(['apply', 'reject'] as const).map((what) => (
          <Fragment key={what}>
            <Action
              onClick={() => onAsk({ what, proposal })}
              refusal={refusal}
              isBusy={isBusy}
              label={`${DECISIONS[what].word} ${kind} of ${safe(subject)}`}
            >
              {DECISIONS[what].word}
            </Action>{' '}
          </Fragment>
        ))}
      </td>
    </tr>
  );
}

function amountOf({ amount, currency }: Proposal): string {
  return amount === null ? 'none' : `${amount} ${currency ?? ''}`;
}
