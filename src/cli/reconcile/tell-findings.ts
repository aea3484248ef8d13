import { types } from 'node:util';
import { tellNewFindings } from '../../app/tell-findings.ts';
import type { CliContext } from '../context.ts';
import { deliverAfterRun } from '../notify/deliver-after.ts';

/** Tells of new findings. A failure is said, and changes nothing about the comparison: the next one tries again. */
export async function tellFindings(context: CliContext): Promise<void> {
  try {
    await tellNewFindings(context.app);
  } catch (error) {
    const why = types.isNativeError(error) ? error.message : String(error);
    context.output.problem(`notifications were not made: ${why}`);
    return;
  }
  await deliverAfterRun(context);
}
