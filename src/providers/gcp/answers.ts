import * as z from 'zod';

/**
 * Only what is used: `metadata` has scripts and keys, and gets no further than this. Of the vendor's discovery document
 * (compute.v1); numbers of 64 bits are texts.
 */
const text = z.string().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);
/** `.../zones/us-central1-a` → `us-central1-a`. */
const last = z
  .string()
  .transform((url) => url.slice(url.lastIndexOf('/') + 1))
  .nullish()
  .catch(null);
const size = z
  .union([z.string().regex(/^\d{1,9}$/), z.number().nonnegative()])
  .transform(Number)
  .nullish()
  .catch(null);

const disk = z.object({ deviceName: text, boot: flag, diskSizeGb: size, source: last, type: text });
const card = z.object({
  name: text,
  network: last,
  subnetwork: last,
  networkIP: text,
  ipv6Address: text,
  accessConfigs: z.array(z.object({ natIP: text })).catch([]),
});

export const instance = z.object({
  /** Never used again, while names are. Of 64 bits. */
  id: z.string().regex(/^\d{1,20}$/),
  name: z.string(),
  status: text,
  zone: last,
  machineType: last,
  cpuPlatform: text,
  creationTimestamp: text,
  lastStartTimestamp: text,
  deletionProtection: flag,
  labels: z.record(z.string(), z.string()).catch({}),
  tags: z
    .object({ items: z.array(z.string()).catch([]) })
    .nullish()
    .catch(null),
  disks: z.array(disk).catch([]),
  networkInterfaces: z.array(card).catch([]),
  serviceAccounts: z.array(z.object({ email: text })).catch([]),
  scheduling: z.object({ preemptible: flag, provisioningModel: text }).nullish().catch(null),
});
export type Instance = z.infer<typeof instance>;

export const machineType = z.object({ name: z.string(), guestCpus: z.number(), memoryMb: z.number(), zone: text });
export type MachineType = z.infer<typeof machineType>;

const warning = z.object({ code: z.string(), message: text });

/** One page of an aggregated list: what each zone has, or why it has not told. `field`: `instances`. */
export function aggregatedPage<T>(field: string, row: z.ZodType<T>) {
  const zone = z.looseObject({ warning: warning.optional() }).transform((told, context) => {
    const rows = z.array(row).safeParse(told[field] ?? []);
    if (!rows.success) context.addIssue({ code: 'custom', message: `${field} cannot be read` });
    return { rows: rows.data ?? [], warning: told.warning ?? null };
  });
  return z.object({
    items: z.record(z.string(), zone).catch({}).default({}),
    nextPageToken: z.string().optional(),
    unreachables: z.array(z.string()).default([]),
    warning: warning.nullish(),
  });
}

export const project = z.object({ id: z.string(), name: z.string() });

/**
 * An entry of the audit log. A call that takes a while has two: its first one has the request, its last one how it ended. Requests
 * may have metadata, and are read only where they name a field.
 */
const logEntry = z.object({
  insertId: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
  resource: z.object({ labels: z.object({ instance_id: text, zone: text }) }),
  operation: z.object({ id: z.string(), first: flag, last: flag }).nullish().catch(null),
  protoPayload: z.object({
    methodName: z.string(),
    resourceName: text,
    authenticationInfo: z.object({ principalEmail: text }).nullish().catch(null),
    status: z
      .object({ code: z.number().nullish().catch(null) })
      .nullish()
      .catch(null),
    request: z
      .object({ machineType: last, labels: z.record(z.string(), z.string()).optional().catch(undefined) })
      .nullish()
      .catch(null),
  }),
});
export type LogEntry = z.infer<typeof logEntry>;

export const logPage = z.object({ entries: z.array(logEntry).default([]), nextPageToken: z.string().nullish() });
