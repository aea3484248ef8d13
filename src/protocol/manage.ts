import * as z from 'zod';
import { ALL_SCOPES } from '../types/presence.ts';
import { provider } from './resources.ts';

const reference = z.string().min(1).max(500);

/** How to authenticate, with secrets as references (`env:NAME`, `keyring:SERVICE/ACCOUNT`, `file:/path`), never themselves. */
export const credential = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('token'), tokenId: z.string().min(1).max(200), secretRef: reference }),
    z.strictObject({
      kind: z.literal('password'),
      user: z.string().min(1).max(200),
      passwordRef: reference,
      totpRef: reference.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('login').describe('a login of the vendor that the machine of the server has'),
      login: z.string().min(1).max(200),
      secretRef: reference.exactOptional(),
    }),
  ])
  .meta({ id: 'Credential' });

/** How the certificate is trusted. The page sends fingerprints that somebody has seen; the others are as they are stored. */
export const tlsTrust = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('system') }),
    z.strictObject({
      mode: z.literal('fingerprint'),
      sha256: z.string().max(4000),
      pins: z.record(z.string(), z.string()).exactOptional(),
    }),
    z.strictObject({ mode: z.literal('ca'), caFile: z.string().max(1000) }),
    z.strictObject({ mode: z.literal('cluster-ca'), pem: z.string().max(20_000) }),
    z.strictObject({ mode: z.literal('insecure') }),
  ])
  .meta({ id: 'TlsTrust' });

export const schedule = z.strictObject({
  autoDiscover: z.boolean(),
  discoverInterval: z.int().min(1).max(525_600).nullable().describe('minutes'),
  discoverCron: z.string().max(200).nullable(),
});

export const providerDraft = z
  .strictObject({
    name: z.string().min(1).max(64),
    type: z.string().max(32),
    endpoints: z.array(z.string().max(300)).min(1).max(32),
    tls: tlsTrust,
    credential,
    schedule: schedule.default({ autoDiscover: true, discoverInterval: null, discoverCron: null }),
  })
  .meta({ id: 'ProviderDraft' });
export type ProviderDraft = z.infer<typeof providerDraft>;

/** `type` does not change. */
export const providerChange = providerDraft
  .extend({ schedule, isEnabled: z.boolean() })
  .partial()
  .meta({ id: 'ProviderChange' });

/** For admins: where it is, how it is trusted and which references its secrets have. */
export const providerDetails = provider
  .extend({ endpoints: z.array(z.string()).optional(), tls: tlsTrust.optional(), credential: credential.optional() })
  .meta({ id: 'ProviderDetails' });
export type ProviderDetails = z.infer<typeof providerDetails>;

export const inspectRequest = z
  .strictObject({ url: z.string().max(300), type: z.string().max(32) })
  .meta({ id: 'InspectRequest' });

/** What an address shows. Nothing is trusted and nothing is sent to look at it. */
export const inspection = z
  .object({
    failure: z.object({ step: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    certificate: z
      .object({
        fingerprint: z.string(),
        subject: z.string(),
        issuer: z.string(),
        names: z.array(z.string()),
        validFrom: z.string(),
        validTo: z.string(),
        isTrusted: z.boolean(),
        distrust: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Inspection' });

export const syncParameters = z
  .strictObject({
    scopes: z.array(z.enum(ALL_SCOPES)).optional(),
    acceptRemovals: z.boolean().optional().describe('record removals that are held back'),
  })
  .meta({ id: 'SyncParameters' });

export const trustRequest = z
  .strictObject({ endpoint: z.string().max(300), fingerprint: z.string().max(4000) })
  .meta({ id: 'TrustRequest' });
