import * as z from 'zod';
import { maskText } from '../../text/mask-secrets.ts';
import type { AuditRecord, AuditVerb } from '../../types/audit-record.ts';
import type { Document } from '../../types/document.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { nodeName } from '../cloud/areas.ts';
import type { InstanceType, TrailEvent } from './answers.ts';

interface Meaning {
  verb: AuditVerb;
  sets?: Document;
  touches?: readonly string[];
}

/** By the name of the event; of what is not here nothing is said. A request to stop is not yet a stop, but nothing else will tell. */
const EVENTS: Readonly<Record<string, Meaning>> = {
  RunInstances: { verb: 'create' },
  TerminateInstances: { verb: 'destroy' },
  StartInstances: { verb: 'start', sets: { status: 'running' } },
  StopInstances: { verb: 'stop', sets: { status: 'stopped' } },
  RebootInstances: { verb: 'reset', touches: [] },
  // The new type is in the request.
  ModifyInstanceAttribute: { verb: 'configure', touches: [] },
  ModifyInstanceMetadataOptions: { verb: 'configure', touches: ['metadataTokens'] },
  ModifyInstancePlacement: { verb: 'configure', touches: ['tenancy', 'placementGroup', 'dedicatedHost'] },
  CreateTags: { verb: 'configure', touches: ['tags'] },
  DeleteTags: { verb: 'configure', touches: ['tags'] },
  AttachVolume: { verb: 'configure', touches: ['disk'] },
  DetachVolume: { verb: 'configure', touches: ['disk'] },
  AttachNetworkInterface: { verb: 'configure', touches: ['nic', 'guest.addresses'] },
  AssociateAddress: { verb: 'configure', touches: ['guest.addresses'] },
  AssociateIamInstanceProfile: { verb: 'configure', touches: ['role'] },
};
const TYPE_FIELDS = ['instanceType', 'cores', 'memory'] as const;
/** Attributes of `ModifyInstanceAttribute`, and the fields that they are. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  instanceType: TYPE_FIELDS,
  groupSet: ['securityGroups'],
  blockDeviceMapping: [],
  disableApiTermination: [],
};
const MOST_REF = 250;
/** A call may name so many instances; each has a record. */
const MOST_TARGETS = 1_000;
const INSTANCE = /^i-[0-9a-f]{8,32}$/;

const word = z.string().max(2_048).nullish().catch(null);
const state = z.object({ name: word }).nullish().catch(null);
const items = z
  .object({
    items: z
      .array(z.object({ instanceId: word, resourceId: word, previousState: state, currentState: state }))
      .catch([]),
  })
  .nullish()
  .catch(null);
const tags = z
  .object({ items: z.array(z.object({ key: z.string(), value: z.string().nullish().catch(null) })).catch([]) })
  .nullish()
  .catch(null);

/** Only what is used: requests also carry user data and values of tags. */
const trailRecord = z.object({
  eventSource: z.string(),
  eventTime: z.iso.datetime({ offset: true }),
  errorCode: word,
  userIdentity: z
    .object({
      type: word,
      arn: word,
      userName: word,
      invokedBy: word,
    })
    .nullish()
    .catch(null),
  requestParameters: z
    .looseObject({
      instanceId: word,
      instancesSet: items,
      resourcesSet: items,
      tagSet: tags,
      instanceType: z.object({ value: word }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  responseElements: z.object({ instancesSet: items, instanceId: word }).nullish().catch(null),
});
type TrailRecord = z.infer<typeof trailRecord>;

export interface TrailPlace {
  account: string;
  region: string;
  types: ReadonlyMap<string, InstanceType>;
  maskKey: MaskKey | null;
}

/** One record for each instance that an event did something to; none for one that is not about instances, or cannot be read. */
export function toRecords({ EventId, EventName, CloudTrailEvent }: TrailEvent, place: TrailPlace): AuditRecord[] {
  const meaning = Object.hasOwn(EVENTS, EventName) ? EVENTS[EventName] : undefined;
  const record = meaning === undefined ? null : parseRecord(CloudTrailEvent);
  if (meaning === undefined || record === null || record.eventSource !== 'ec2.amazonaws.com') return [];
  const at = new Date(record.eventTime);
  const effect = effectOf(EventName, meaning, { record, place });
  return targetsOf(EventName, record).map((target) => ({
    source: 'event',
    ref: `event/${EventId}/${target}`.slice(0, MOST_REF),
    verb: meaning.verb,
    native: EventName,
    target,
    targetName: null,
    place: nodeName(place.account, place.region),
    actor: actorOf(record),
    credential: null,
    at,
    endedAt: at,
    outcome: record.errorCode ? 'failed' : 'ok',
    text: record.errorCode ?? null,
    pid: null,
    ...effect,
  }));
}

function parseRecord(text: string): TrailRecord | null {
  try {
    return trailRecord.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function effectOf(
  name: string,
  { sets, touches }: Meaning,
  { record: { requestParameters }, place: { types, maskKey } }: { record: TrailRecord; place: TrailPlace },
): Pick<Meaning, 'sets' | 'touches'> {
  if (name === 'ModifyInstanceAttribute') return effectOfAttribute(requestParameters, types);
  if (name === 'CreateTags' || name === 'DeleteTags') return effectOfTags(name, requestParameters, maskKey);
  return { ...(sets !== undefined && { sets }), ...(touches !== undefined && { touches }) };
}

function effectOfAttribute(
  request: TrailRecord['requestParameters'],
  types: ReadonlyMap<string, InstanceType>,
): Pick<Meaning, 'sets' | 'touches'> {
  const type = request?.instanceType?.value;
  if (!type)
    return {
      touches: Object.keys(request ?? {}).flatMap((key) =>
        Object.hasOwn(ATTRIBUTES, key) ? (ATTRIBUTES[key] ?? []) : [],
      ),
    };
  const known = types.get(type);
  if (known === undefined) return { sets: { instanceType: type }, touches: ['cores', 'memory'] };
  const { vCpuInfo, memoryInfo } = known;
  return { sets: { instanceType: type, cores: vCpuInfo.defaultVCpus, memory: memoryInfo.sizeInMiB } };
}

/** The name of an instance is a tag of it. */
function effectOfTags(
  name: string,
  request: TrailRecord['requestParameters'],
  maskKey: MaskKey | null,
): Pick<Meaning, 'sets' | 'touches'> {
  const given = request?.tagSet?.items ?? [];
  const named = given.find(({ key }) => key === 'Name');
  const touches = given.some(({ key }) => key !== 'Name') ? ['tags'] : [];
  if (named === undefined) return { touches };
  if (name === 'CreateTags' && named.value) return { sets: { name: maskText(named.value, maskKey) }, touches };
  return { touches: [...touches, 'name'] };
}

function targetsOf(name: string, { requestParameters, responseElements }: TrailRecord): readonly string[] {
  const asked = requestParameters ?? {};
  const listed =
    name === 'RunInstances' ? responseElements?.instancesSet?.items : requestParameters?.instancesSet?.items;
  const unchanged = new Set((responseElements?.instancesSet?.items ?? []).filter(isUnchanged).map(idOf));
  const found = [
    ...(listed ?? []).map(idOf),
    ...(requestParameters?.resourcesSet?.items ?? []).map(({ resourceId }) => resourceId),
    requestParameters?.instanceId,
    responseElements?.instanceId,
    nestedInstance(asked),
  ];
  const ids = found.flatMap((id) => (id && INSTANCE.test(id) && !unchanged.has(id) ? [id] : []));
  return [...new Set(ids)].slice(0, MOST_TARGETS);
}

type Item = NonNullable<z.infer<typeof items>>['items'][number];

function idOf({ instanceId }: Item): Item['instanceId'] {
  return instanceId;
}

/** Of a start, stop or termination that found the instance in this state: somebody else, or something else, brought it there. */
function isUnchanged({ previousState, currentState }: Item): boolean {
  return Boolean(previousState?.name) && previousState?.name === currentState?.name;
}

const nested = z.object({ InstanceId: z.string() });

/** Newer calls have their request in an element of its own: `{"AssociateIamInstanceProfileRequest":{"InstanceId":"i-…"}}`. */
function nestedInstance(request: Readonly<Record<string, unknown>>): string | null {
  const wrapped = Object.entries(request).find(([key]) => key.endsWith('Request'))?.[1];
  return nested.safeParse(wrapped).data?.InstanceId ?? null;
}

/**
 * `arn:aws:iam::111122223333:user/alice`; of a session `arn:aws:sts::111122223333:assumed-role/admin/alice`, which names the person
 * where the role is one of SSO. null: AWS itself.
 */
function actorOf({ userIdentity }: TrailRecord): string | null {
  if (!userIdentity) return null;
  const { arn, userName, type, invokedBy } = userIdentity;
  return (arn ?? userName ?? (type === 'AWSService' ? invokedBy : null)) || null;
}
