import type { ActionPlan, GuestPlan } from '../../types/action.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

interface PlannedStep {
  operationId: string;
  seq: number;
  plan: GuestPlan;
}

/** Made when the plan was confirmed: a row that somebody wrote past the program is never carried out. */
export function sealPlan(key: SealKey, step: PlannedStep): string {
  return seal(key, sealed(step));
}

export function isSealedPlan(key: SealKey, step: PlannedStep, written: string): boolean {
  return isSealed(key, sealed(step), written);
}

function sealed({ operationId, seq, plan }: PlannedStep): readonly unknown[] {
  return ['action', operationId, seq, plan];
}

/** Of a plan that is put aside in a file. */
export function sealFile(key: SealKey, plan: ActionPlan): string {
  return seal(key, ['plan', plan]);
}

export function isSealedFile(key: SealKey, plan: ActionPlan, written: string): boolean {
  return isSealed(key, ['plan', plan], written);
}
