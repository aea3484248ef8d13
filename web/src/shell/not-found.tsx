import { Link } from '@tanstack/react-router';
import { Empty, Failure } from '../parts/notice.tsx';

export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>
        The address may be from another version. <Link to="/">Go to the overview</Link>
      </p>
    </Empty>
  );
}

export function RouteFailure({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="view">
      <Failure error={error} retry={reset} />
    </div>
  );
}
