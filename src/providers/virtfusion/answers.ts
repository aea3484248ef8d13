import * as z from 'zod';

/**
 * Only what is used: answers also carry `encryptedPassword`, `encryptedToken`, user data and keys, none of which gets further than
 * this. Of the vendor's description of its API (openapi.yaml), whose examples are what it answers.
 */
const id = z.int().nonnegative();
const text = z.string().nullish().catch(null);
const number = z.number().nonnegative().nullish().catch(null);
const flag = z
  .union([z.boolean(), z.literal(0), z.literal(1)])
  .transform(Boolean)
  .nullish()
  .catch(null);

/** One row of `GET /servers`. */
export const serverRow = z.object({
  id,
  uuid: z.guid(),
  name: text,
  owner: id.nullish().catch(null),
  hypervisorId: id.nullish().catch(null),
  suspended: flag,
  protected: flag,
});
export type ServerRow = z.infer<typeof serverRow>;

const address4 = z.object({ address: z.ipv4() });
const address6 = z.object({
  subnet: z.ipv6().nullish().catch(null),
  cidr: number,
  addresses: z.array(z.union([z.ipv6(), z.object({ address: z.ipv6() })])).catch([]),
});
const card = z.object({
  name: text,
  type: text,
  mac: text,
  ipv4: z.array(address4).catch([]),
  ipv6: z.array(address6).catch([]),
});
const cards = z.array(card);
const disk = z.object({ drive: text, capacity: number, type: text, primary: flag });

/** `data` of `GET /servers/{id}`. */
export const serverDetails = z.object({
  id,
  uuid: z.guid(),
  name: text,
  hostname: text,
  /** Of the build: `complete`. */
  state: text,
  suspended: flag,
  protected: flag,
  hypervisorId: id.nullish().catch(null),
  created: text,
  owner: z
    .object({
      id,
      name: text,
      /** Its id in a billing system. */ extRelationId: z.union([id, z.string()]).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  cpu: z.object({ cores: number }).nullish().catch(null),
  settings: z
    .object({ resources: z.object({ memory: number }).nullish().catch(null) })
    .nullish()
    .catch(null),
  network: z.object({ interfaces: cards.catch([]), secondaryInterfaces: cards.catch([]) }),
  storage: z.array(disk),
  /** `false` unless it is asked for: what libvirt says of the domain, or nothing while the hypervisor does not answer. */
  remoteState: z.object({ state: text, running: flag }).nullish().catch(null),
});
export type ServerDetails = z.infer<typeof serverDetails>;

/** One row of `GET /compute/hypervisors`. */
export const hypervisor = z.object({
  id,
  name: z.string(),
  ip: text,
  maintenance: flag,
  enabled: flag,
  /** 3: it is in use. */
  commissioned: number,
  maxCpu: number,
  /** MB. */
  maxMemory: number,
  group: z.object({ id, name: text, created: text }).nullish().catch(null),
});
export type Hypervisor = z.infer<typeof hypervisor>;

/** One page of a list. */
export function pageOf<T>(row: z.ZodType<T>) {
  return z.object({
    data: z.array(row),
    current_page: z.int().positive(),
    last_page: z.int().positive(),
    total: z.int().nonnegative(),
  });
}
