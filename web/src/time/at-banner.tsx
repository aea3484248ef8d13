import { When } from '../parts/when.tsx';

/** Says that what is shown is not now. */
export function AtBanner({ at, onNow }: { at: string; onNow: () => void }) {
  return (
    <p className="at-banner" role="status">
      <span>
        ◆ As it was at <When at={at} />
      </span>
      <button type="button" className="button" onClick={onNow}>
        Back to now
      </button>
    </p>
  );
}
