import type { ReactNode } from 'react';
import { RollcallError } from '../api/request.ts';
import { messageOf } from './format.ts';

/** Nothing to show, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-text">{children}</div>}
    </div>
  );
}

/** What failed, and the next thing to try. */
export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const hint = error instanceof RollcallError ? error.hint : null;
  return (
    <div className="failure" role="alert">
      <p>
        <span aria-hidden="true">✖ </span>
        {messageOf(error)}
      </p>
      {hint !== null && <p className="hint">{hint}</p>}
      {retry !== undefined && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what}…
    </p>
  );
}
