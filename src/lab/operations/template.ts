import { serverError } from '../api-error.ts';
import { isDiskKey } from '../disks.ts';
import { held } from '../meanwhile.ts';
import type { GuestRef, Operation } from './operation.ts';
import { requireGuest, requireUnlocked, requireWritable } from './operation.ts';

/** A VM's template is made by a task; a container's at once. */
export function makeTemplate({ cluster, by }: Operation, ref: GuestRef): string | null {
  const guest = requireGuest(cluster, ref);
  if (guest.config['template'] === 1) throw serverError(`you can't convert a template to a template`);
  if (guest.snapshots.size > 0) throw serverError('unable to create template, because VM contains snapshots');
  if (guest.power !== 'stopped') {
    throw serverError(
      ref.kind === 'qemu'
        ? "you can't convert a running VM to a template"
        : "you can't convert a running CT to a template",
    );
  }
  requireWritable(cluster, ref);
  const convert = (): void => {
    cluster.remember(guest);
    guest.config['template'] = 1;
    for (const [key, value] of Object.entries(guest.config)) {
      if (isDiskKey(ref.kind, key))
        guest.config[key] = String(value).replace(`vm-${ref.vmid}-disk-`, `base-${ref.vmid}-disk-`);
    }
  };
  if (ref.kind === 'qemu')
    return cluster.tasks.run({ node: ref.node, type: 'qmtemplate', id: ref.vmid, authid: by }, (task) => {
      requireUnlocked(guest);
      task.act(convert, held(guest));
    });
  requireUnlocked(guest);
  convert();
  return null;
}
