import type { ActionSubject } from '../../../types/action.ts';
import { checkParameters, findParameter } from '../endpoints/check-parameters.ts';
import type { Endpoints } from '../endpoints/read-endpoints.ts';
import type { ConfigChange } from './config-changes.ts';

/** What the server would refuse of the changes by its API schema. */
export function schemaProblems(
  endpoints: Endpoints,
  { kind, node, vmid }: ActionSubject,
  changes: readonly ConfigChange[],
): string[] {
  const endpoint = endpoints.get(`/nodes/{node}/${kind}/{vmid}/config`)?.get(kind === 'qemu' ? 'POST' : 'PUT');
  if (endpoint === undefined) return [];
  const given = new Map(changes.flatMap(({ key, after }) => (after === null ? [] : [[key, [after]]])));
  const path = { node, vmid: String(vmid) };
  const removed = changes.filter(({ key, before, after }) => {
    // What the guest has can be taken away, whatever release it is of.
    return after === null && before === null && findParameter(endpoint.parameters, key) === undefined;
  });
  return [
    ...checkParameters(endpoint, path, given).map((text) => text.replace('there is no parameter ', 'there is no key ')),
    ...removed.map(({ key }) => `there is no key ${key}`),
  ];
}
