import { Facts, type Read } from './facts.ts';
import { keyOf, type ManagedObject, referenceOf } from './soap/managed-object.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { PropertyPaths } from './soap/property-request.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { walk } from './soap/walk.ts';
import { nameOf } from './soap/xml-element.ts';

/** An object with the name that it has now; null: unknown. */
export interface NamedRef extends ManagedObject {
  name: string | null;
}

interface Place {
  object: ManagedObject;
  /** As vSphere stores it. */
  name: string | null;
  parent: ManagedObject | null;
}

/** What names and parents are read of: ComputeResource stands for clusters too, Network for distributed port groups. */
const PLACE_PATHS = ['name', 'parent'];
const PLACE_PROPERTIES: PropertyPaths = {
  Folder: PLACE_PATHS,
  Datacenter: PLACE_PATHS,
  ComputeResource: PLACE_PATHS,
  ResourcePool: PLACE_PATHS,
  HostSystem: PLACE_PATHS,
  Datastore: PLACE_PATHS,
  Network: PLACE_PATHS,
};

/** More levels than any inventory has; a circle of parents ends there. */
const MAX_LEVELS = 64;

/** Names and parents of the objects that others refer to. */
export class Places {
  readonly #byKey = new Map<string, Place>();
  readonly #byValue = new Map<string, Place>();

  readonly #root: string;

  constructor(root: ManagedObject, places: readonly Place[]) {
    this.#root = keyOf(root);
    for (const place of places) {
      this.#byKey.set(keyOf(place.object), place);
      this.#byValue.set(place.object.value, place);
    }
  }

  named(object: ManagedObject): NamedRef;
  named(object: ManagedObject | null): NamedRef | null;
  named(object: ManagedObject | null): NamedRef | null {
    return object && { ...object, name: plainName(this.#byKey.get(keyOf(object))?.name ?? null) };
  }

  /** By the value of a reference alone, as a port group is named by a card. */
  nameOf(value: string): string | null {
    return plainName(this.#byValue.get(value)?.name ?? null);
  }

  /**
   * Where an object lies, from the datacenter down to its parent: `/DC0/vm/web`. The root folder has no part in it, and a slash
   * in a name stays `%2f`. undefined when a name on the way is unknown: part of a path would be another path. null without a parent.
   */
  pathOf(parent: ManagedObject | null): Read<string> {
    if (parent === null) return null;
    const names: string[] = [];
    let at: ManagedObject | null = parent;
    for (let level = 0; at !== null && keyOf(at) !== this.#root; level++) {
      const place = this.#byKey.get(keyOf(at));
      if (place === undefined || place.name === null || level >= MAX_LEVELS) return undefined;
      names.unshift(place.name);
      at = place.parent;
    }
    return `/${names.join('/')}`;
  }
}

/** Reads the names and parents of everything but VMs. Throws AppError. */
export async function readPlaces(client: VsphereClient, signal?: AbortSignal): Promise<Places> {
  const { rootFolder } = await client.content(signal);
  const { rows } = await walk(client, { properties: PLACE_PROPERTIES, decode: toPlace, signal });
  return new Places(rootFolder, rows);
}

function toPlace(content: ObjectContent): Place {
  const facts = new Facts(content);
  return {
    object: content.object,
    name: facts.read('name', nameOf) ?? null,
    parent: facts.read('parent', referenceOf) ?? null,
  };
}

/** `a%2fb` → `a/b`: a name is stored with `%`, `/` and `\` escaped (vSphere API, ManagedEntity.name). */
export function plainName(name: string | null): string | null {
  return name?.replace(/%(?:25|2f|5c)/gi, (escaped) => decodeURIComponent(escaped)) ?? null;
}
