import type { VsphereClient } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import { type Walk, walk } from '../../src/providers/vsphere/soap/walk.ts';

/** The names of all VMs. */
export function walkNames(client: VsphereClient, signal?: AbortSignal): Promise<Walk<string>> {
  const decode = ({ values }: { values: ReadonlyMap<string, { text: string }> }) => values.get('name')?.text ?? null;
  return walk(client, { properties: { VirtualMachine: ['name'] }, decode, ...(signal && { signal }) });
}
