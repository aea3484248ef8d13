import { Link } from '@tanstack/react-router';
import { Failure } from '../parts/notice.tsx';

export function NotFound() {
  return (
    <div className="view">
      <h1>There is no such page</h1>
      <p>
        The address may be from another version. <Link to="/">Go to the overview</Link>
      </p>
    </div>
  );
}

export function RouteFailure({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="view">
      <Failure error={error} retry={reset} />
    </div>
  );
}
