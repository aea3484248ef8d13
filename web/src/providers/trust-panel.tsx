import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { Action } from '../parts/action.tsx';
import { Failure, Loading } from '../parts/notice.tsx';
import { OperationProgress } from '../sync/progress.tsx';
import { findProvider, inspectServer, trustProvider } from './calls.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import { useOperation } from './use-operation.ts';

/** Shows the certificate of an address, and trusts it once somebody has compared its fingerprint. */
export function TrustPanel({ provider }: { provider: Provider }) {
  const { data, error } = useQuery({ queryKey: ['provider', provider.id], queryFn: () => findProvider(provider.id) });
  const [chosen, setChosen] = useState<string | null>(null);
  const endpoints = data?.endpoints ?? [];
  const endpoint = chosen ?? endpoints[0] ?? null;
  const seen = useMutation({ mutationFn: (url: string) => inspectServer(url, provider.type) });
  const certificate = seen.data?.certificate ?? null;
  const trust = useOperation(() => trustProvider(provider.id, endpoint ?? '', certificate?.fingerprint ?? ''));
  return (
    <div className="tool" aria-live="polite">
      <h3>Certificate</h3>
      {data === undefined && (error === null ? <Loading what="its addresses" /> : <Failure error={error} />)}
      <div className="view-actions">
        {endpoints.length > 1 && (
          <select
            className="input"
            aria-label="Address"
            value={endpoint ?? ''}
            onChange={({ target }) => setChosen(target.value)}
          >
            {endpoints.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
        <Action
          onClick={() => endpoint !== null && seen.mutate(endpoint)}
          refusal={endpoint === null ? 'It has no address of its own' : null}
          isBusy={seen.isPending}
        >
          Look at the certificate
        </Action>
      </div>
      {seen.error !== null && <Failure error={seen.error} />}
      {seen.data?.failure != null && (
        <Failure error={new Error(`${seen.data.failure.step}: ${seen.data.failure.message}`)} />
      )}
      {certificate !== null && (
        <>
          <CertificateFacts certificate={certificate} />
          <Action onClick={trust.start} isBusy={trust.isRunning}>
            I have compared it: trust this fingerprint
          </Action>
        </>
      )}
      {trust.operation !== undefined && <OperationProgress operation={trust.operation} />}
      {trust.error !== null && <Failure error={trust.error} />}
      {trust.operation?.error != null && <Failure error={trust.operation.error} />}
    </div>
  );
}
