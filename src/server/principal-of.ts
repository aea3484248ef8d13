import type { Principal } from '../types/principal.ts';
import { ProblemError, problem } from './problem.ts';

/** Who asks. A route whose access needs a role has one. */
export function principalOf({ principal }: { principal: Principal | null }): Principal {
  if (principal) return principal;
  throw new ProblemError(problem(401, 'unauthenticated', 'You are not logged in', undefined, 'log in'));
}
