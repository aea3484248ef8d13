import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRegularFile } from '../../files/regular-file.ts';
import { hasHiddenSecret } from '../../services/actions/hide-secrets.ts';
import { isSealedFile, sealFile } from '../../services/actions/seal-plan.ts';
import type { SealKey } from '../../services/providers/settings.ts';
import type { ActionPlan } from '../../types/action.ts';
import { AppError } from '../../types/errors.ts';
import { withoutSecrets } from './plan-view.ts';

const MAX_BYTES = 32 * 2 ** 20;

export interface PlanFile {
  /** As the command line has it. */
  file: string;
  cwd: string;
  key: SealKey;
}

/** For whoever applies it; nobody else reads it. Throws AppError('configuration') where it cannot be written. */
export function writePlan(plan: ActionPlan, { file, cwd, key }: PlanFile): void {
  const shown = withoutSecrets(plan);
  if (shown.guests.some(({ calls }) => calls.some(hasHiddenSecret))) {
    throw new AppError('usage', 'a plan with a secret is not written to a file', { hint: 'carry it out at once' });
  }
  const text = `${JSON.stringify({ plan: shown, seal: sealFile(key, shown) }, null, 2)}\n`;
  try {
    writeFileSync(path.resolve(cwd, file), text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = codeOf(error);
    throw new AppError('configuration', `${file} cannot be written: ${code}`, {
      hint: code === 'EEXIST' ? 'there is such a file: choose another name' : 'choose another place',
    });
  }
}

/** A plan as this program wrote it. Throws AppError('configuration'), AppError('unconfirmed') for one that was edited. */
export function readPlan({ file, cwd, key }: PlanFile): ActionPlan {
  const { plan, seal } = parse(file, readText(file, cwd));
  if (isPlan(plan) && typeof seal === 'string' && isSealedFile(key, plan, seal)) return plan;
  throw new AppError('unconfirmed', `${file} is no plan of this inventory, or was edited`, {
    hint: 'make the plan again with --plan-out',
  });
}

function readText(file: string, cwd: string): string {
  try {
    return readRegularFile(path.resolve(cwd, file), { maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('configuration', `${file} cannot be read: ${codeOf(error)}`, {
      hint: 'name a file that --plan-out wrote',
    });
  }
}

function parse(file: string, text: string): { plan: unknown; seal: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'plan' in parsed && 'seal' in parsed) return parsed;
  } catch {
    // Said below.
  }
  throw new AppError('configuration', `${file} is no plan`, { hint: 'name a file that --plan-out wrote' });
}

/** What is in it counts with its seal alone. */
function isPlan(value: unknown): value is ActionPlan {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 1 && 'guests' in value;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
