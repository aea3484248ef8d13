import type { ObjectContent } from './soap/object-content.ts';
import { readPage } from './soap/object-content.ts';
import { retrieveOptions, specOfObjects } from './soap/property-request.ts';
import { sessionEnded } from './soap/session-end.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { childrenOf, numberOf } from './soap/xml-element.ts';

/** `name` is shown to whoever sees an object (System.View), `configStatus` to those who may read it (System.Read). */
const PATHS = ['name', 'configStatus', 'effectiveRole'];

/** Fixed ids of roles that read nothing: view, anonymous, no access. Source: vSphere API, AuthorizationManager. */
const BLIND_ROLES: ReadonlySet<number> = new Set([-3, -4, -5]);

/** Whether the user may read the root folder. Throws AppError. */
export async function readRootAccess(client: VsphereClient, signal?: AbortSignal): Promise<'read' | 'none'> {
  const what = `Reading the root folder on ${client.endpoint}`;
  return client.inSession(
    what,
    async ({ call, content, endpoint }) => {
      const { rootFolder, propertyCollector: self } = content;
      const parameters = [specOfObjects({ [rootFolder.type]: PATHS }, [rootFolder]), retrieveOptions(null)];
      const [root] = readPage(await call({ method: 'RetrievePropertiesEx', self, parameters })).objects;
      if (root?.missing.some(({ fault }) => fault === 'NotAuthenticated')) {
        throw sessionEnded('RetrievePropertiesEx', endpoint);
      }
      return root === undefined ? 'none' : toAccess(root);
    },
    signal,
  );
}

/** Pure. A property that has no value was readable. */
export function toAccess({ values, missing }: Pick<ObjectContent, 'values' | 'missing'>): 'read' | 'none' {
  if (missing.some(({ fault }) => fault === 'NoPermission')) return 'none';
  const roles = childrenOf(values.get('effectiveRole'), 'int').map(numberOf);
  return roles.length > 0 && roles.every((role) => role !== null && BLIND_ROLES.has(role)) ? 'none' : 'read';
}
