import { Facts } from './facts.ts';
import type { About } from './soap/service-content.ts';
import type { VsphereClient } from './soap/vsphere-client.ts';
import { walk } from './soap/walk.ts';
import { nameOf } from './soap/xml-element.ts';

export interface VsphereIdentity {
  product: About['product'];
  /** Of the vCenter; of an ESXi without one, that of its hardware. null: it tells none. */
  uuid: string | null;
}

/** Which server this is, whatever its address. Throws AppError. */
export async function readIdentity(client: VsphereClient, signal?: AbortSignal): Promise<VsphereIdentity> {
  const { about } = await client.content(signal);
  if (about.product === 'vcenter') return { product: about.product, uuid: about.instanceUuid };
  const path = 'summary.hardware.uuid';
  const { rows } = await walk(client, {
    properties: { HostSystem: [path] },
    decode: (content) => new Facts(content).read(path, nameOf) ?? null,
    signal,
  });
  return { product: about.product, uuid: rows[0] ?? null };
}
