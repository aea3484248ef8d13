import * as z from 'zod';

/**
 * Only what is used: user data, custom data, passwords and settings of extensions get no further than this. Of the vendor's
 * descriptions of its API (azure-rest-api-specs), whose examples are what it answers.
 */
const text = z.string().nullish().catch(null);
const number = z.number().nonnegative().nullish().catch(null);
const tags = z.record(z.string(), z.string()).nullish().catch(null);
const reference = z.object({ id: z.string() });
const optionalReference = reference.nullish().catch(null);

/** One page of a list. */
export function pageOf<T>(row: z.ZodType<T>) {
  return z.object({ value: z.array(row), nextLink: z.string().nullish() });
}

export const subscription = z.object({
  subscriptionId: z.guid(),
  displayName: text,
  tenantId: text,
  /** Enabled, Warned, PastDue, Disabled, Deleted. */
  state: text,
});
export type Subscription = z.infer<typeof subscription>;

const disk = z.object({
  name: text,
  lun: number,
  diskSizeGB: number,
  managedDisk: z.object({ id: text, storageAccountType: text }).nullish().catch(null),
});

const status = z.object({ code: z.string() });
const instanceView = z
  .object({ statuses: z.array(status).catch([]) })
  .nullish()
  .catch(null);

/** A row of a list of virtual machines, or of the instances of a scale set. */
export const machine = z.object({
  id: z.string().startsWith('/'),
  name: z.string(),
  location: z.string().min(1),
  tags,
  zones: z.array(z.string()).nullish().catch(null),
  /** Of an instance of a scale set. */
  sku: z.object({ name: text }).nullish().catch(null),
  properties: z.object({
    /** Absent while it is made. */
    vmId: z.guid().nullish(),
    provisioningState: text,
    timeCreated: text,
    priority: text,
    hardwareProfile: z
      .object({
        vmSize: text,
        vmSizeProperties: z.object({ vCPUsAvailable: number }).nullish().catch(null),
      })
      .nullish()
      .catch(null),
    storageProfile: z
      .object({
        imageReference: z.object({ publisher: text, offer: text, sku: text, id: text }).nullish().catch(null),
        osDisk: disk.extend({ osType: text }).nullish().catch(null),
        dataDisks: z.array(disk).catch([]),
      })
      .nullish()
      .catch(null),
    osProfile: z.object({ computerName: text }).nullish().catch(null),
    networkProfile: z
      .object({ networkInterfaces: z.array(reference).catch([]) })
      .nullish()
      .catch(null),
    virtualMachineScaleSet: optionalReference,
    availabilitySet: optionalReference,
    instanceView,
  }),
});
export type Machine = z.infer<typeof machine>;

/** A row of the same list with `statusOnly=true`. */
export const machineStatus = z.object({ id: z.string(), properties: z.object({ instanceView }) });
export type MachineStatus = z.infer<typeof machineStatus>;

export const scaleSet = z.object({
  id: z.string().startsWith('/'),
  name: z.string(),
  location: z.string().min(1),
  properties: z.object({
    /** Uniform, Flexible: those of a flexible one are listed as virtual machines. Absent: Uniform. */
    orchestrationMode: text,
  }),
});
export type ScaleSet = z.infer<typeof scaleSet>;

export const networkInterface = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    /** `00-0D-3A-1B-C7-21`. */
    macAddress: text,
    virtualMachine: optionalReference,
    ipConfigurations: z
      .array(
        z.object({
          properties: z.object({
            privateIPAddress: text,
            publicIPAddress: optionalReference,
            subnet: optionalReference,
          }),
        }),
      )
      .catch([]),
  }),
});
export type NetworkInterface = z.infer<typeof networkInterface>;

export const publicAddress = z.object({ id: z.string(), properties: z.object({ ipAddress: text }) });
export type PublicAddress = z.infer<typeof publicAddress>;

export const managedDisk = z.object({
  id: z.string(),
  /** The id of the machine that it is attached to. */
  managedBy: text,
  sku: z.object({ name: text }).nullish().catch(null),
  properties: z.object({ diskSizeGB: number }),
});
export type ManagedDisk = z.infer<typeof managedDisk>;

export const machineSize = z.object({ name: z.string(), numberOfCores: z.number(), memoryInMB: z.number() });
export type MachineSize = z.infer<typeof machineSize>;

/** Of the activity log, without claims and properties, which say much about people and may hold what was sent. */
export const activity = z.object({
  eventDataId: z.string(),
  correlationId: z.string(),
  eventTimestamp: z.iso.datetime({ offset: true }),
  /** A user's name, or the object id of a service principal. */
  caller: text,
  operationName: z.object({ value: z.string() }),
  resourceId: text,
  /** Started, Accepted, Succeeded, Failed, Canceled. */
  status: z.object({ value: text }).nullish().catch(null),
  /** Of the answer that the call got: Created, OK, Accepted. */
  subStatus: z.object({ value: text }).nullish().catch(null),
});
export type Activity = z.infer<typeof activity>;

/** Of a refusal. Compute leaves the outer object out at times. */
const problem = z.object({ code: z.string(), message: z.string().catch('') });
export const refusal = z.union([z.object({ error: problem }).transform(({ error }) => error), problem]);
