import { readObjects } from './read-objects.ts';
import type { ObjectContent } from './soap/object-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { childrenOf, numberOf } from './soap/xml-element.ts';

/** `name` is shown to whoever sees an object (System.View), `configStatus` to those who may read it (System.Read). */
const PATHS = ['name', 'configStatus', 'effectiveRole'];

/** Fixed ids of roles that read nothing: view, anonymous, no access. Source: vSphere API, AuthorizationManager. */
const BLIND_ROLES: ReadonlySet<number> = new Set([-3, -4, -5]);

/** Whether the user may read the root folder. Throws AppError. */
export async function readRootAccess(client: VsphereClient, signal?: AbortSignal): Promise<'read' | 'none'> {
  const { rootFolder } = await client.content(signal);
  const [root] = await readObjects(client, {
    properties: { [rootFolder.type]: PATHS },
    objects: [rootFolder],
    signal,
  });
  return root === undefined ? 'none' : toAccess(root);
}

/** Pure. A property that has no value was readable. */
export function toAccess({ values, missing }: Pick<ObjectContent, 'values' | 'missing'>): 'read' | 'none' {
  if (missing.some(({ fault }) => fault === 'NoPermission')) return 'none';
  const roles = childrenOf(values.get('effectiveRole'), 'int').map(numberOf);
  return roles.length > 0 && roles.every((role) => role !== null && BLIND_ROLES.has(role)) ? 'none' : 'read';
}
