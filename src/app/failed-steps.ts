import type { ConnectionCheck } from '../providers/provider.ts';
import type { AppError } from '../types/errors.ts';
import { ProblemsError } from './config/problems.ts';

/** What failed as steps of a check: one for each problem, so that a message of several lines is several rows. */
export function failedSteps(step: string, error: AppError): ConnectionCheck[] {
  if (error instanceof ProblemsError)
    return error.problems.map(({ what, fix }) => ({ step, ok: false, message: what, hint: fix }));
  const { message, hint } = error;
  return [{ step, ok: false, message, ...(hint !== undefined && { hint }) }];
}
