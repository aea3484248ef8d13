import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import '../styles/api.css';
import { SERVER_URL } from '../api/base.ts';
import { get } from '../api/request.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Panel } from '../parts/panel.tsx';
import { type ListedOperation, type OpenApi, operationsByTag } from './openapi.ts';

/** Every operation of the API, from the document that the server makes of its schemas. */
export function ApiView() {
  const { data, error, refetch } = useQuery({
    queryKey: ['openapi'],
    queryFn: () => get<OpenApi>('/openapi.json'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [wanted, setWanted] = useState('');
  const words = wanted.toLowerCase();
  const groups = data === undefined ? [] : operationsByTag(data);
  const matching = groups
    .map(([tag, list]) => [tag, list.filter((one) => textOf(one).includes(words))] as const)
    .filter(([, list]) => list.length > 0);
  return (
    <div className="view">
      <div className="view-head">
        <h1>API</h1>
        <a href={`${SERVER_URL}api/v1/openapi.json`} className="button">
          openapi.json
        </a>
      </div>
      <p className="muted">
        What this page uses, for programs too: with a token made by <code>rollcall tokens add</code>, sent as{' '}
        <code>Authorization: Bearer …</code>. Errors are problems as in RFC 9457.
      </p>
      <input
        className="input filter"
        type="search"
        aria-label="Filter operations"
        placeholder="Filter operations"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
        data-search
      />
      {data === undefined &&
        (error === null ? <Loading what="the description" /> : <Failure error={error} retry={() => void refetch()} />)}
      {data !== undefined && matching.length === 0 && <Empty title="No operation matches">Write another word.</Empty>}
      {matching.map(([tag, list]) => (
        <Panel key={tag} title={tag}>
          {list.map((one) => (
            <OperationDetails key={one.id} listed={one} />
          ))}
        </Panel>
      ))}
    </div>
  );
}

function textOf({ id, operation }: ListedOperation): string {
  return `${id} ${operation.summary ?? ''}`.toLowerCase();
}

function OperationDetails({ listed }: { listed: ListedOperation }) {
  const { method, path, operation } = listed;
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  return (
    <details className="operation">
      <summary>
        <span className="method">{method}</span> <code>{path}</code>{' '}
        <span className="muted">{operation.summary ?? ''}</span>
      </summary>
      <div className="operation-body">
        {operation.description !== undefined && <p>{operation.description}</p>}
        {(operation.parameters ?? []).length > 0 && (
          <ul>
            {operation.parameters?.map(({ name, in: place, required, description }) => (
              <li key={`${place} ${name}`}>
                <code>{name}</code>{' '}
                <span className="muted">
                  {place}
                  {required === true && ', required'}
                  {description !== undefined && `: ${description}`}
                </span>
              </li>
            ))}
          </ul>
        )}
        {body !== undefined && <Json title="Body" value={body.example ?? body.schema} />}
        {Object.entries(operation.responses ?? {}).map(([status, { description, content }]) => (
          <Json
            key={status}
            title={`${status} ${description ?? ''}`}
            value={Object.values(content ?? {})[0]?.schema ?? null}
          />
        ))}
      </div>
    </details>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return <p>{title}</p>;
  return (
    <details>
      <summary>{title}</summary>
      <pre className="json">{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}
