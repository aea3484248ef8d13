import type { Action } from '../../types/action.ts';
import type { GuestRow } from '../../types/inventory.ts';
import { effectivePath, isAtOrBelow, isPendingPath, PENDING_DELETE } from '../../types/pending-path.ts';
import type { CliContext } from '../context.ts';

type SetAction = Extract<Action, { verb: 'set' }>;

/** Says of each guest what of the changes waits for a restart, by what the server said of it afterwards. */
export async function tellPending(
  context: CliContext,
  guests: readonly GuestRow[],
  { set, remove }: SetAction,
): Promise<void> {
  const keys = [...new Set([...Object.keys(set), ...remove].map((name) => name.split('.', 1)[0] ?? name))];
  const inventory = await context.app.inventory();
  for (const { providerName, vmid, name } of guests) {
    const guest = await inventory.findGuest(`${providerName}/${vmid}`, {});
    const waiting = Object.entries(guest.document).flatMap(([path, value]) => {
      const own = effectivePath(path);
      if (!isPendingPath(path) || !keys.some((key) => isAtOrBelow(own, key))) return [];
      return path.startsWith(PENDING_DELETE) ? `${own} goes` : `${own} → ${String(value)}`;
    });
    if (waiting.length === 0) continue;
    context.output.note(`${name ?? `${providerName}/${vmid}`}: waits for a restart: ${waiting.sort().join(', ')}`);
    context.output.hint(`rollcall reboot ${name ?? `${providerName}/${vmid}`}`);
  }
}
