import { AppError } from '../../types/errors.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { completeScope, failedScope } from '../scope-reports.ts';
import type { ComputerList } from './answers.ts';

const MASTER_HINT = 'a master operator sees all computers; nothing less lets a computer count as removed';

/**
 * What the list of computers tells. Only a master operator's has all of them; that of any other is a lower bound, in which a
 * computer that is missing proves nothing. `master`: whether it is one, or why that is not known.
 */
export function listingScope(
  { computers, doubt }: ComputerList,
  master: boolean | AppError,
  user: string,
): ScopeReport {
  const scope = completeScope('guests', computers.length);
  if (doubt !== null) return { ...scope, coverage: 'error', message: doubt };
  if (master === true) return scope;
  const { message, hint } = describePartialView(master, user);
  if (master instanceof AppError && !isRefusal(master)) {
    return { ...failedScope('guests', master, computers.length), message };
  }
  return { ...scope, coverage: 'filtered', message, ...(hint !== undefined && { hint }) };
}

/** `master` as above, and not true. Only where a right may be missing, another operator is of help. */
export function describePartialView(
  master: false | AppError,
  user: string,
): { message: string; hint: string | undefined } {
  const why =
    master === false
      ? `${user} is not a master operator`
      : `whether ${user} is a master operator cannot be read (${master.message})`;
  return {
    message: `${why}: computers that it does not see are not listed`,
    hint: master === false || isRefusal(master) ? MASTER_HINT : master.hint,
  };
}

/** Some servers tell only master operators who is one. An answer that cannot be read says nothing of rights. */
function isRefusal({ code }: AppError): boolean {
  return code === 'forbidden' || code === 'no-endpoint' || code === 'unauthenticated';
}
