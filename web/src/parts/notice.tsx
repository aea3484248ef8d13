import type { ReactNode } from 'react';
import { messageOf } from './format.ts';
import { safe } from './text.tsx';

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
  const { message, hint } = factsOf(error);
  return (
    <div className="failure" role="alert">
      <p>
        <span aria-hidden="true">✖ </span>
        {message}
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

/** An error of the server, of an operation, or of the page. */
function factsOf(error: unknown): { message: string; hint: string | null } {
  if (typeof error !== 'object' || error === null) return { message: messageOf(error), hint: null };
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
  const message = 'message' in error && typeof error.message === 'string' ? error.message : messageOf(error);
  return { message: safe(message), hint: hint === null ? null : safe(hint) };
}
