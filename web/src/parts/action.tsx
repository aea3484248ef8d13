import type { ReactNode } from 'react';

interface Props {
  onClick: () => void;
  children: ReactNode;
  /** Why it may not be done; null: it may. */
  refusal?: string | null;
  tone?: 'plain' | 'primary' | 'danger' | 'quiet';
  isBusy?: boolean;
  label?: string;
}

/** A button that says why it does nothing. It keeps the focus then, so that the reason can be read. */
export function Action({ onClick, children, refusal = null, tone = 'plain', isBusy = false, label }: Props) {
  const isOff = refusal !== null || isBusy;
  return (
    <button
      type="button"
      className={`button ${tone}`}
      aria-disabled={isOff}
      aria-label={label}
      title={refusal ?? undefined}
      onClick={() => isOff || onClick()}
    >
      {children}
      {refusal !== null && <span className="visually-hidden"> ({refusal})</span>}
    </button>
  );
}
