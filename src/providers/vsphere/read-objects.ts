import { NAMED_OBJECTS } from './soap/limits.ts';
import type { ManagedObject } from './soap/managed-object.ts';
import { type ObjectContent, readPage } from './soap/object-content.ts';
import { type PropertyPaths, retrieveOptions, specOfObjects } from './soap/property-request.ts';
import { expectSession } from './soap/session-end.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';

export interface ObjectsQuery {
  properties: PropertyPaths;
  objects: readonly ManagedObject[];
  signal?: AbortSignal | undefined;
}

/** Reads objects by name; those that the server does not know any more are left out. Throws AppError. */
export async function readObjects(
  client: VsphereClient,
  { properties, objects, signal }: ObjectsQuery,
): Promise<ObjectContent[]> {
  const what = `Reading ${Object.keys(properties).join(', ')} on ${client.endpoint}`;
  return client.inSession(
    what,
    async ({ call, content, endpoint }) => {
      const found: ObjectContent[] = [];
      for (let start = 0; start < objects.length; start += NAMED_OBJECTS) {
        const spec = specOfObjects(properties, objects.slice(start, start + NAMED_OBJECTS));
        const self = content.propertyCollector;
        const parameters = [spec, retrieveOptions(null)];
        for (const one of readPage(await call({ method: 'RetrievePropertiesEx', self, parameters })).objects) {
          expectSession(one, endpoint);
          found.push(one);
        }
      }
      return found;
    },
    signal,
  );
}
