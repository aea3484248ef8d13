import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasHiddenSecret, hideSecrets } from '../../services/actions/hide-secrets.ts';
import type { ActionPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';

/** For whoever applies it; nobody else reads it. Throws AppError('configuration') where it cannot be written. */
export function writePlan(file: string, plan: ActionPlan, cwd: string): void {
  const guests = plan.guests.map(hideSecrets);
  if (guests.some(({ calls }) => calls.some(hasHiddenSecret))) {
    throw new AppError('usage', 'a plan with a secret is not written to a file', { hint: 'carry it out at once' });
  }
  const text = `${JSON.stringify({ ...plan, guests }, null, 2)}\n`;
  try {
    writeFileSync(path.resolve(cwd, file), text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new AppError('configuration', `${file} cannot be written: ${code}`, {
      hint: code === 'EEXIST' ? 'there is such a file: choose another name' : 'choose another place',
    });
  }
}
