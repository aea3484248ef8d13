import { type CheckedStep, checkTarget } from '../../app/check-target.ts';
import type { Target } from '../../app/config/select-providers.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitStatus, statusOfError, worstStatus } from '../exit-status.ts';
import { formatLocal } from '../output/format.ts';

/** Of a step that failed. Without the cluster log, some guests or rights to act, a sync works. */
const STATUS_OF_STEP: Readonly<Record<string, ExitStatus>> = {
  connection: EXIT.unreachable,
  authentication: EXIT.denied,
  permissions: EXIT.denied,
  attribution: EXIT.partial,
  actions: EXIT.partial,
  cluster: EXIT.partial,
  guests: EXIT.partial,
  clock: EXIT.partial,
};

/** Tests a provider, and says what the command ends with. Throws only what is no AppError. */
export async function checkProvider(
  { app, io }: CliContext,
  target: Target,
): Promise<{ steps: readonly CheckedStep[]; status: ExitStatus }> {
  const { steps, error, addresses, failed } = await checkTarget(app, target, {
    signal: io.signal,
    formatTime: formatLocal,
  });
  if (error !== null) return { steps, status: statusOfError(error.code) };
  if (addresses.working === 0) return { steps, status: EXIT.unreachable };
  const statuses = failed.map((step) => STATUS_OF_STEP[step] ?? EXIT.failed);
  // One address of several that is down makes the provider no worse than that.
  return { steps, status: worstStatus([...statuses, addresses.working < addresses.total ? EXIT.partial : EXIT.done]) };
}
