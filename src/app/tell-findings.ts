import { FindingRepository } from '../repositories/reconcile/finding-repository.ts';
import type { App } from './app.ts';

/**
 * Hands findings that are new to the notifiers that want them; they are delivered at their next run. If the program ends in between,
 * they are handed over again, as the same messages.
 */
export async function tellNewFindings(app: App): Promise<void> {
  const findings = new FindingRepository(await app.connection());
  const untold = await findings.list({ isOpen: true, isUntold: true });
  if (untold.length === 0) return;
  const notifiers = await (await app.notifiers()).list();
  if (notifiers.length > 0) await (await app.notify()).tellFindings(notifiers, untold);
  await findings.markTold(
    untold.map(({ id }) => id),
    app.machine.clock(),
  );
}
