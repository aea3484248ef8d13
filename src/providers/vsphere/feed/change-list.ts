import type { ObjectUpdate } from '../soap/update-set.ts';
import { nameOf } from '../soap/xml-element.ts';
import type { VmToRead } from './feed-cursor.ts';
import { reasonOf, UUID_PATH } from './watched.ts';

interface VmChange {
  position: number;
  moref: string;
  nativeId: string | null;
  kind: ObjectUpdate['kind'];
  reasons: readonly string[];
}

/** Changes of a feed, until nobody's cursor is from before them. */
export class ChangeList {
  /** Uuids of the VMs that there are, by moref; null: it has none yet. */
  readonly #uuids = new Map<string, string | null>();
  #vms: VmChange[] = [];
  #fullRuns: { position: number; reason: string }[] = [];

  get listedCount(): number {
    return this.#uuids.size;
  }

  /** Forgets everything: what there is now is the start. */
  restart(updates: readonly ObjectUpdate[]): void {
    this.#uuids.clear();
    this.#vms = [];
    this.#fullRuns = [];
    for (const update of updates) if (update.object.type === 'VirtualMachine') this.#learnUuid(update);
  }

  add(position: number, updates: readonly ObjectUpdate[]): void {
    for (const update of updates) {
      if (update.object.type === 'VirtualMachine') this.#vms.push(this.#toChange(position, update));
      else this.#fullRuns.push({ position, reason: fullRunReason(update) });
    }
  }

  /** Drops what the holder of a cursor was told and has stored. */
  forgetUntil(position: number): void {
    this.#vms = this.#vms.filter((change) => change.position > position);
    this.#fullRuns = this.#fullRuns.filter((one) => one.position > position);
  }

  /** Why only a full run can tell what changed; null: nothing of the kind. */
  fullRunReason(): string | null {
    return this.#fullRuns[0]?.reason ?? this.#whyUnidentified() ?? this.#whyAmbiguous();
  }

  /** One for each uuid. A VM that was registered anew has left under one moref and come under another. */
  toRead(): VmToRead[] {
    const byId = new Map<string, VmToRead>();
    for (const { moref, nativeId, kind, reasons } of this.#vms) {
      const id = nativeId ?? this.#uuids.get(moref) ?? null;
      if (id === null) continue;
      const before = byId.get(id);
      const isGone = kind === 'leave';
      // The old moref may leave after the new one has come.
      if (isGone && before !== undefined && before.moref !== moref) continue;
      byId.set(id, {
        nativeId: id,
        moref,
        isGone,
        isNew: kind === 'enter' || (before?.isNew === true && !isGone),
        reasons: [...new Set([...(before?.reasons ?? []), ...reasons])],
      });
    }
    return [...byId.values()];
  }

  #toChange(position: number, update: ObjectUpdate): VmChange {
    const { kind, object, changes } = update;
    this.#learnUuid(update);
    const nativeId = this.#uuids.get(object.value) ?? null;
    if (kind === 'leave') this.#uuids.delete(object.value);
    const reasons =
      kind === 'modify' ? changes.map(({ path }) => reasonOf(path)) : [kind === 'enter' ? 'appeared' : 'vanished'];
    return { position, moref: object.value, nativeId, kind, reasons };
  }

  #learnUuid({ kind, object, changes }: ObjectUpdate): void {
    const told = changes.find(({ path }) => path === UUID_PATH);
    const uuid = nameOf(told?.value)?.toLowerCase() ?? null;
    if (told !== undefined || kind === 'enter') this.#uuids.set(object.value, uuid);
  }

  /** One that left may have been registered anew under another moref. */
  #whyUnidentified(): string | null {
    const isAnyGone = this.#vms.some(({ kind }) => kind === 'leave');
    const isUnknown = isAnyGone && [...this.#uuids.values()].includes(null);
    return isUnknown ? 'a VM is gone, and the uuid of another one is not known yet' : null;
  }

  #whyAmbiguous(): string | null {
    const concerned = new Set(this.#vms.map(({ nativeId }) => nativeId));
    const seen = new Set<string>();
    for (const uuid of this.#uuids.values()) {
      if (uuid === null || !concerned.has(uuid)) continue;
      if (seen.has(uuid)) return `several VMs have the uuid ${uuid}`;
      seen.add(uuid);
    }
    return null;
  }
}

function fullRunReason({ kind, object }: ObjectUpdate): string {
  const what = object.type === 'HostSystem' ? 'a host' : 'a datastore';
  if (kind === 'modify') return `${what} changed`;
  return kind === 'enter' ? `${what} is new` : `${what} is not listed any more`;
}
