import { z } from 'zod';
import { AppError } from '../../types/errors.ts';
import type { NetboxPayload } from '../exports/netbox-payload.ts';
import { OWN_TAG } from '../exports/netbox-payload.ts';

/** What is asked of NetBox. `list` reads all pages. */
export interface NetboxClient {
  list(path: string, query: readonly (readonly [string, string])[]): Promise<readonly unknown[]>;
  create(path: string, body: object, label: string): Promise<unknown>;
  update(path: string, id: number, body: object, label: string): Promise<void>;
}

export const PATHS = {
  tag: 'extras/tags/',
  'cluster type': 'virtualization/cluster-types/',
  cluster: 'virtualization/clusters/',
  'virtual machine': 'virtualization/virtual-machines/',
  interface: 'virtualization/interfaces/',
  'IP address': 'ipam/ip-addresses/',
} as const;

const reference = z.object({ id: z.number() });
const tags = z.array(z.object({ slug: z.string() })).default([]);
const optionalNumber = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => (value == null ? null : Number(value)));
const choice = z
  .object({ value: z.string() })
  .nullish()
  .transform((found) => found?.value ?? null);

const tagSchema = z.object({ id: z.number(), slug: z.string() });
const clusterSchema = z.object({ id: z.number(), name: z.string(), tags });
const machineSchema = z.object({
  id: z.number(),
  name: z.string(),
  serial: z.string().default(''),
  status: choice,
  cluster: reference.nullish(),
  vcpus: optionalNumber,
  memory: optionalNumber,
  disk: optionalNumber,
  description: z.string().default(''),
  primary_ip4: reference.nullish(),
  primary_ip6: reference.nullish(),
  tags,
});
const interfaceSchema = z.object({ id: z.number(), name: z.string(), virtual_machine: reference, tags });
const addressSchema = z.object({
  id: z.number(),
  address: z.string(),
  status: choice,
  assigned_object_type: z.string().nullish(),
  assigned_object_id: z.number().nullish(),
  tags,
});

export type MachineObject = z.infer<typeof machineSchema>;
export type InterfaceObject = z.infer<typeof interfaceSchema>;
export type AddressObject = z.infer<typeof addressSchema>;

export interface NetboxState {
  tags: readonly z.infer<typeof tagSchema>[];
  clusterTypes: readonly z.infer<typeof tagSchema>[];
  clusters: readonly z.infer<typeof clusterSchema>[];
  /** All of our clusters, whoever's they are, as the interfaces. */
  machines: readonly MachineObject[];
  interfaces: readonly InterfaceObject[];
  /** Ours, and those of others that have an address of ours. */
  addresses: readonly AddressObject[];
}

export function isOwn({ tags: own }: { tags: readonly { slug: string }[] }): boolean {
  return own.some(({ slug }) => slug === OWN_TAG);
}

export function hostOf(address: string): string {
  return address.split('/')[0] ?? '';
}

/** Throws AppError('malformed'). */
export function parsed<T>(schema: z.ZodType<T>, row: unknown, kind: string): T {
  const { success, data, error } = schema.safeParse(row);
  if (success) return data;
  const { path = [], message = '' } = error.issues[0] ?? {};
  throw new AppError(
    'malformed',
    `NetBox answered a ${kind} that is not as it should be: ${path.join('.')} ${message}`,
    {
      hint: 'NetBox 4.1 or later is needed',
    },
  );
}

const MOST_VALUES = 50;

/** `more`: names of clusters that have machines of guests that are gone. */
export async function readNetbox(
  client: NetboxClient,
  payload: NetboxPayload,
  more: readonly string[],
): Promise<NetboxState> {
  const read = async <T>(
    kind: keyof typeof PATHS,
    schema: z.ZodType<T>,
    name: string,
    values: readonly string[],
  ): Promise<T[]> => {
    const found: T[] = [];
    for (let at = 0; at < values.length; at += MOST_VALUES) {
      const query = values.slice(at, at + MOST_VALUES).map((value) => [name, value] as const);
      found.push(...(await client.list(PATHS[kind], query)).map((row) => parsed(schema, row, kind)));
    }
    return found;
  };
  const clusters = await read('cluster', clusterSchema, 'name', [
    ...new Set([...payload.clusters.map(({ name }) => name), ...more]),
  ]);
  const ids = clusters.filter(isOwn).map(({ id }) => String(id));
  // Two tags or types may not exist; a filter by a tag that does not exist is refused, so tags come first.
  const known = await read(
    'tag',
    tagSchema,
    'slug',
    payload.tags.map(({ slug }) => slug),
  );
  const isKnown = known.some(({ slug }) => slug === OWN_TAG);
  const own = isKnown ? await read('IP address', addressSchema, 'tag', [OWN_TAG]) : [];
  const hosts = new Set(own.map(({ address }) => hostOf(address)));
  const others = payload.addresses.map(({ address }) => hostOf(address)).filter((host) => !hosts.has(host));
  return {
    tags: known,
    clusterTypes: await read(
      'cluster type',
      tagSchema,
      'slug',
      payload.clusterTypes.map(({ slug }) => slug),
    ),
    clusters,
    machines: await read('virtual machine', machineSchema, 'cluster_id', ids),
    interfaces: await read('interface', interfaceSchema, 'cluster_id', ids),
    addresses: [...own, ...(await read('IP address', addressSchema, 'address', others)).filter((one) => !isOwn(one))],
  };
}
