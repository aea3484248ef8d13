import * as z from 'zod';

/**
 * Only what is used: user data, keys and policies get no further than this. Of the vendor's model of EC2 (2016-11-15) as it is on the
 * wire; an empty list is an empty text.
 */
const text = z.string().nullish().catch(null);
const filled = z
  .string()
  .transform((value) => value || null)
  .nullish()
  .catch(null);
const number = z
  .string()
  .regex(/^\d{1,12}$/)
  .transform(Number)
  .nullish()
  .catch(null);
const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .nullish()
  .catch(null);

/** A list that has to be there, though it may be empty: what cannot be read is no shorter list. */
function list<T>(row: z.ZodType<T>) {
  return z.union([z.literal('').transform((): T[] => []), z.array(row)]);
}
function optionalList<T>(row: z.ZodType<T>) {
  return list(row)
    .optional()
    .transform((rows) => rows ?? []);
}

const tag = z.object({ key: z.string(), value: z.string().catch('') });
const group = z.object({ groupId: z.string() });
const card = z.object({
  networkInterfaceId: z.string(),
  macAddress: text,
  subnetId: filled,
  vpcId: filled,
  privateIpAddress: filled,
  attachment: z.object({ deviceIndex: number, networkCardIndex: number, attachTime: filled }).nullish().catch(null),
  privateIpAddressesSet: optionalList(
    z.object({
      privateIpAddress: filled,
      association: z.object({ publicIp: filled }).nullish().catch(null),
    }),
  ),
  ipv6AddressesSet: optionalList(z.object({ ipv6Address: filled })),
});
const mapping = z.object({
  deviceName: z.string(),
  ebs: z.object({ volumeId: filled }).nullish().catch(null),
});

export const instance = z.object({
  instanceId: z.string().regex(/^i-[0-9a-f]{8,32}$/),
  instanceState: z.object({ name: z.string() }),
  imageId: filled,
  instanceType: filled,
  architecture: filled,
  platform: filled,
  platformDetails: filled,
  launchTime: filled,
  keyName: filled,
  rootDeviceName: filled,
  instanceLifecycle: filled,
  subnetId: filled,
  vpcId: filled,
  privateIpAddress: filled,
  ipAddress: filled,
  placement: z
    .object({ availabilityZone: filled, tenancy: filled, groupName: filled, hostId: filled })
    .nullish()
    .catch(null),
  iamInstanceProfile: z.object({ arn: filled }).nullish().catch(null),
  metadataOptions: z.object({ httpTokens: filled }).nullish().catch(null),
  tagSet: optionalList(tag),
  groupSet: optionalList(group),
  networkInterfaceSet: optionalList(card),
  blockDeviceMapping: optionalList(mapping),
});
export type Instance = z.infer<typeof instance>;

const nextToken = z
  .string()
  .transform((token) => token || null)
  .optional()
  .transform((token) => token ?? null);

/** A page of rows, and what the next one is asked for with; null: it was the last one. */
export interface Page<T> {
  rows: readonly T[];
  nextToken: string | null;
}

export const instancesPage = z
  .object({ reservationSet: list(z.object({ instancesSet: list(instance) })), nextToken })
  .transform(({ reservationSet, nextToken: token }): Page<Instance> => {
    return { rows: reservationSet.flatMap(({ instancesSet }) => instancesSet), nextToken: token };
  });

const volume = z.object({ volumeId: z.string(), size: number, volumeType: filled, encrypted: flag });
export type Volume = z.infer<typeof volume>;
export const volumesPage = pageOf('volumeSet', volume);

const instanceType = z.object({
  instanceType: z.string(),
  vCpuInfo: z.object({
    defaultVCpus: z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
  }),
  memoryInfo: z.object({
    sizeInMiB: z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  }),
});
export type InstanceType = z.infer<typeof instanceType>;
export const instanceTypesPage = pageOf('instanceTypeSet', instanceType);

const image = z.object({ imageId: z.string(), name: filled });
export type Image = z.infer<typeof image>;
export const imagesPage = pageOf('imagesSet', image);

export const regionsAnswer = z
  .object({ regionInfo: list(z.object({ regionName: z.string().regex(/^[a-z0-9-]{4,32}$/), optInStatus: text })) })
  .transform(({ regionInfo }) =>
    regionInfo.filter(({ optInStatus }) => optInStatus !== 'not-opted-in').map(({ regionName }) => regionName),
  );

function pageOf<T>(field: string, row: z.ZodType<T>) {
  const rows = list(row);
  return z.looseObject({ nextToken }).transform((told, context): Page<T> => {
    const read = rows.safeParse(told[field]);
    if (!read.success) context.addIssue({ code: 'custom', message: `${field} cannot be read` });
    return { rows: read.data ?? [], nextToken: told.nextToken };
  });
}

const account = z.string().regex(/^\d{12}$/);
export const callerAnswer = z
  .object({ GetCallerIdentityResult: z.object({ Account: account, Arn: z.string() }) })
  .transform(({ GetCallerIdentityResult: { Account, Arn } }) => ({ account: Account, arn: Arn }));
export type Caller = z.infer<typeof callerAnswer>;

const key = z.string().min(1);
export const roleAnswer = z
  .object({
    AssumeRoleResult: z.object({
      Credentials: z.object({
        AccessKeyId: key,
        SecretAccessKey: key,
        SessionToken: key,
        Expiration: z.iso.datetime({ offset: true }),
      }),
      AssumedRoleUser: z.object({ Arn: z.string() }),
    }),
  })
  .transform(({ AssumeRoleResult: { Credentials, AssumedRoleUser } }) => ({
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
    expiration: new Date(Credentials.Expiration),
    account: AssumedRoleUser.Arn.split(':')[4] ?? '',
  }));

const word = z.string().min(1);
/** AWS retires `Status` on 2026-09-09, in favour of `State`. */
const memberAccount = z.union([
  z.object({ Id: account, Name: text, State: word }),
  z
    .object({ Id: account, Name: text, Status: word })
    .transform(({ Id, Name, Status }) => ({ Id, Name, State: Status })),
]);
export type MemberAccount = z.infer<typeof memberAccount>;
export const accountsPage = z
  .object({ Accounts: z.array(memberAccount), NextToken: z.string().nullish() })
  .transform(({ Accounts, NextToken }): Page<MemberAccount> => ({ rows: Accounts, nextToken: NextToken || null }));

const trailEvent = z.object({
  EventId: z.string().min(1).max(200),
  EventName: z.string().min(1).max(200),
  /** Epoch seconds. */
  EventTime: z.number(),
  /** JSON of the whole record. */
  CloudTrailEvent: z.string(),
});
export type TrailEvent = z.infer<typeof trailEvent>;
export const eventsPage = z
  .object({ Events: z.array(trailEvent), NextToken: z.string().nullish() })
  .transform(({ Events, NextToken }): Page<TrailEvent> => ({ rows: Events, nextToken: NextToken || null }));
