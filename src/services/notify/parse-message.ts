import * as z from 'zod';
import { NOTIFY_KINDS, type NotifyMessage } from '../../types/notify.ts';

const VALUE = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable();
const EVENT = z.object({
  id: z.string(),
  kind: z.enum(NOTIFY_KINDS),
  at: z.string(),
  provider: z.object({ id: z.string(), name: z.string() }).nullable(),
  guest: z
    .object({
      id: z.string(),
      ref: z.string(),
      kind: z.string(),
      vmid: z.number().nullable(),
      name: z.string().nullable(),
    })
    .nullable(),
  actor: z.string().nullable(),
  text: z.string(),
  changes: z.array(z.object({ path: z.string(), before: VALUE, after: VALUE })),
  connection: z.string().exactOptional(),
});
const MESSAGE = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.string(),
  title: z.string(),
  counts: z.partialRecord(z.enum(NOTIFY_KINDS), z.number()),
  total: z.number(),
  events: z.array(EVENT),
  run: z.object({ id: z.string().nullable(), rev: z.number().nullable() }).nullable(),
}) satisfies z.ZodType<NotifyMessage>;

/** A stored message; null for a row that something else has written. */
export function parseMessage(stored: unknown): NotifyMessage | null {
  const parsed = MESSAGE.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
