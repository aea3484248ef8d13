import * as z from 'zod';
import { CHANGE_KINDS } from '../types/history.ts';
import { PRESENCES } from '../types/presence.ts';
import { time } from './common.ts';
import { host, provider } from './resources.ts';

/** A page of rows. `next` is the cursor of the following page; null: this is the last one. */
export function page<T extends z.ZodType>(row: T) {
  return z.object({ items: z.array(row), next: z.string().nullable() });
}

/** A guest as `list-guests -o json` prints it. */
export const guestRow = z
  .looseObject({
    id: z.string(),
    providerId: z.string(),
    providerName: z.string(),
    kind: z.string(),
    vmid: z.int().nullable(),
    nativeId: z.string(),
    name: z.string().nullable(),
    node: z.string(),
    status: z.string(),
    tags: z.array(z.string()),
    presence: z.enum(PRESENCES),
  })
  .meta({ id: 'GuestRow' });
export type GuestRow = z.infer<typeof guestRow>;

/** One field that changed, as `show-changes -o json` prints it. */
export const changeRecord = z
  .looseObject({
    rev: z.int(),
    seq: z.int(),
    provider: z.string(),
    resourceType: z.string(),
    resourceKind: z.string(),
    resourceId: z.string(),
    vmid: z.int().nullable(),
    name: z.string().nullable(),
    kind: z.enum(CHANGE_KINDS),
    event: z.string().nullable(),
    path: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    actor: z.string().nullable(),
    token: z.string().nullable(),
    via: z.string().nullable(),
    ref: z.string().nullable(),
    confidence: z.string(),
    observedAt: time,
    effectiveAt: time.nullable(),
    notBefore: time.nullable(),
    isPruned: z.boolean(),
    /** When it became known who made it, if that was after the change was stored. */
    explainedAt: time.nullable(),
  })
  .meta({ id: 'ChangeRecord' });
export type ChangeRecord = z.infer<typeof changeRecord>;

/** A node, a storage, a run or a task as its command prints it with `-o json`. */
export const commandRow = z.looseObject({}).meta({ id: 'CommandRow' });

const otherProvider = z.object({
  hostId: z.string(),
  providerId: z.string(),
  otherId: z.string(),
  otherProviderId: z.string(),
});

/** What of a provider could not be observed, why, and which other provider holds the same guest now. */
export const providerAvailability = z
  .object({
    provider,
    unobservable: z.array(host),
    /** The same machine, seen by another provider. */
    elsewhere: z.array(otherProvider),
  })
  .meta({ id: 'ProviderAvailability' });
export type ProviderAvailability = z.infer<typeof providerAvailability>;

export const hostAvailability = z
  .object({
    id: z.string(),
    presence: z.enum(PRESENCES),
    reason: z.string().nullable(),
    /** When it could not be observed; `until` null: still. */
    spans: z.array(z.object({ since: time, until: time.nullable(), reason: z.string() })),
    elsewhere: z.array(otherProvider),
  })
  .meta({ id: 'HostAvailability' });
export type HostAvailability = z.infer<typeof hostAvailability>;

/** A document of a host at two times, and what differs. */
export const hostDiff = z
  .object({
    from: time,
    to: time,
    patch: z.array(z.tuple([z.string(), z.unknown(), z.unknown()])),
  })
  .meta({ id: 'HostDiff' });
export type HostDiff = z.infer<typeof hostDiff>;
