import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { OperationProgress } from '../sync/progress.tsx';
import { findProvider, type Inspection, inspectServer, trustProvider } from './calls.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import { storedTrust } from './stored-trust.ts';
import { useOperation } from './use-operation.ts';

/** Shows the certificate of each address beside what is trusted, and trusts them once somebody has compared the fingerprints. */
export function TrustPanel({ provider: { id, type } }: { provider: Provider }) {
  const queries = useQueryClient();
  const { data, error } = useQuery({ queryKey: ['provider', id], queryFn: () => findProvider(id) });
  const endpoints = data?.endpoints ?? [];
  const looked = useMutation({ mutationFn: () => lookAtAll(endpoints, type) });
  const looks = looked.data ?? [];
  const shown = looks.flatMap(({ url, certificate }) =>
    certificate === null ? [] : [{ url, print: certificate.fingerprint }],
  );
  const prints = [...new Set(shown.map(({ print }) => print))];
  const isNew = shown.some(({ url, print }) => !storedTrust(data?.tls, url).prints.includes(print));
  const trust = useOperation(() => trustProvider(id, shown[0]?.url ?? '', prints.join(',')));
  const endedAt = trust.operation?.finishedAt;
  useEffect(() => {
    if (endedAt != null) void queries.invalidateQueries({ queryKey: ['provider', id] });
  }, [endedAt, queries, id]);
  return (
    <div className="tool" aria-live="polite">
      <h3>Certificate</h3>
      {data === undefined && (error === null ? <Loading what="its addresses" /> : <Failure error={error} />)}
      <div className="view-actions">
        <Action
          onClick={() => looked.mutate()}
          refusal={endpoints.length === 0 ? 'It has no address of its own' : null}
          isBusy={looked.isPending}
        >
          Look at the certificate
        </Action>
      </div>
      {looked.error !== null && <Failure error={looked.error} />}
      {looks.map(({ url, certificate, failure }) => (
        <section key={url} aria-label={url}>
          <h4 className="mono">{url}</h4>
          {failure !== null && <Failure error={new Error(`${failure.step}: ${failure.message}`)} />}
          {certificate !== null && <CertificateFacts certificate={certificate} stored={storedTrust(data?.tls, url)} />}
        </section>
      ))}
      {shown.length > 0 && (
        <Action
          onClick={trust.start}
          refusal={isNew ? null : 'What is shown is trusted already'}
          isBusy={trust.isRunning}
        >
          {`I have compared ${prints.length === 1 ? 'it: trust this fingerprint' : 'them: trust these fingerprints'}`}
        </Action>
      )}
      {trust.operation !== undefined && <OperationProgress operation={trust.operation} />}
      {trust.error !== null && <Failure error={trust.error} />}
      {trust.operation?.error != null && <Failure error={trust.operation.error} />}
    </div>
  );
}

async function lookAtAll(urls: readonly string[], type: string): Promise<(Inspection & { url: string })[]> {
  return Promise.all(urls.map(async (url) => ({ url, ...(await inspectServer(url, type)) })));
}
