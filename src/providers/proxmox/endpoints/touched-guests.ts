import type { WantedGuest } from '../../provider.ts';
import type { WriteCall } from './needed-rights.ts';

/** A guest that a write is about. */
export interface TouchedGuest extends WantedGuest {
  /** It is made by the call. */
  isNew: boolean;
}

const GUESTS = /^\/nodes\/\{node\}\/(qemu|lxc)(?:\/\{vmid\}(?:\/(clone|move_disk|move_volume)$)?|$)/;
/** The parameters that name a guest besides that of the path. */
const OTHER: Readonly<Record<string, string>> = {
  clone: 'newid',
  move_disk: 'target-vmid',
  move_volume: 'target-vmid',
};

/** The guests that a write may have changed, as far as its path tells. */
export function touchedGuests({ template, values, parameters }: Omit<WriteCall, 'verb'>): TouchedGuest[] {
  const [, kind, word] = GUESTS.exec(template) ?? [];
  if (kind !== 'qemu' && kind !== 'lxc') return [];
  const given = (name: string): string[] => [parameters.get(name)?.at(-1) ?? []].flat();
  const nodes = [values['node'] ?? [], given('target')].flat();
  const touched = (vmids: readonly string[], isNew: boolean): TouchedGuest[] =>
    vmids.map((vmid) => ({ kind, nativeId: String(Number(vmid)), isNew, nodes }));
  const own = values['vmid'];
  if (own === undefined) return touched(given('vmid'), true);
  const other = OTHER[word ?? ''];
  return [...touched([own], false), ...touched(other === undefined ? [] : given(other), word === 'clone')];
}
