import * as z from 'zod';
import { AppError } from '../../types/errors.ts';
import { NOTIFY_KINDS, type NotifierSettings, type StoredNotifier } from '../../types/notify.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

const HOOK = {
  url: z.string(),
  tokenRef: z.string().exactOptional(),
  caFile: z.string().exactOptional(),
  isPrivateAllowed: z.boolean(),
};
const CHANNEL = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('webhook'), secretRef: z.string().exactOptional(), ...HOOK }),
  z.object({ kind: z.literal('command'), argv: z.array(z.string()).min(1), timeoutMs: z.number().positive() }),
  z.object({
    kind: z.literal('email'),
    host: z.string(),
    port: z.number().int(),
    security: z.enum(['tls', 'starttls', 'none']),
    user: z.string().exactOptional(),
    passwordRef: z.string().exactOptional(),
    from: z.string(),
    to: z.array(z.string()).min(1),
    caFile: z.string().exactOptional(),
    isPrivateAllowed: z.boolean(),
  }),
  z.object({ kind: z.literal('ntfy'), topic: z.string(), ...HOOK }),
  z.object({ kind: z.enum(['slack', 'discord', 'teams']), ...HOOK }),
  z.object({ kind: z.literal('matrix'), room: z.string(), ...HOOK, tokenRef: z.string() }),
]);
const SETTINGS = z.object({
  channel: CHANNEL,
  filter: z.object({
    kinds: z.array(z.enum(NOTIFY_KINDS)),
    selectors: z.array(z.string()),
    paths: z.array(z.string()),
    by: z.array(z.string()),
    providers: z.array(z.string()),
  }),
  batchOver: z.number().int().min(0),
  staleAfterMs: z.number().positive(),
  quiet: z
    .object({
      ranges: z.array(z.object({ from: z.number().int(), to: z.number().int() })),
      timeZone: z.string(),
      isDropped: z.boolean(),
    })
    .nullable(),
  template: z.string().nullable(),
});

type Sealed = Pick<StoredNotifier, 'id' | 'name' | 'settings'>;

/** Signs what a notifier does: whoever can write to the database alone cannot make one, nor change where it sends. */
export function sealNotifier(key: SealKey, notifier: Sealed): string {
  return seal(key, sealed(notifier));
}

function sealed({ id, name, settings }: Sealed): readonly unknown[] {
  return ['notifier', id, name, settings];
}

/** The settings of a notifier whose seal is right. Throws AppError('unconfirmed'), 'database'. */
export function confirmedSettings(key: SealKey, notifier: StoredNotifier): NotifierSettings {
  if (isSealed(key, sealed(notifier), notifier.seal)) return parseSettings(notifier);
  const { name } = notifier;
  throw new AppError(
    'unconfirmed',
    `the settings of the notifier ${name} are not sealed with the key of this inventory`,
    {
      hint: `nothing was sent. Look at them with \`rollcall notify show ${name}\`, and if they are right: rollcall notify confirm ${name}`,
    },
  );
}

/** Whatever the seal: to show them. Throws AppError('database'). */
export function parseSettings({ name, settings }: Pick<StoredNotifier, 'name' | 'settings'>): NotifierSettings {
  const parsed = SETTINGS.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new AppError('database', `the database holds a damaged row, notifier ${name}`, {
    hint: `rollcall notify remove ${name}, and add it again`,
  });
}
