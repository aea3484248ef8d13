import * as z from 'zod';
import { IMPORT_FORMATS } from '../types/import-mark.ts';
import { time } from './common.ts';

/** That people connect to a guest. */
export const importedHost = z
  .object({
    /** Of the guest as it is now. */
    hostId: z.string(),
    connectionId: z.string(),
    name: z.string(),
    /** `web`: marked here, and written to no file. */
    format: z.enum(IMPORT_FORMATS),
    address: z.string().nullable(),
    importedAt: time,
    importedBy: z.string(),
    /** The guest is gone. */
    isGone: z.boolean(),
    archivedAt: time.nullable(),
  })
  .meta({ id: 'ImportedHost' });
export type ImportedHost = z.infer<typeof importedHost>;

export const importedHosts = z.object({ items: z.array(importedHost) });

export const importRequest = z
  .object({ hostIds: z.array(z.string().max(64)).min(1).max(1000) })
  .meta({ id: 'ImportRequest' });
export type ImportRequest = z.infer<typeof importRequest>;
