import * as z from 'zod';
import { AppError } from '../../types/errors.ts';
import { type PanelSettings, type PanelTls, RECORD_FIELDS, type StoredPanel } from '../../types/panel.ts';
import { isSealed, type SealKey, seal } from '../providers/settings.ts';

const TLS = { caFile: z.string().exactOptional(), fingerprint: z.string().exactOptional() };
const FIELDS = z.partialRecord(z.enum(RECORD_FIELDS), z.string());
const PAGING = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('pages'), param: z.string(), first: z.number().int(), until: z.string() }),
  z.object({ kind: z.literal('next'), next: z.string() }),
  z.object({
    kind: z.literal('offset'),
    offsetParam: z.string(),
    limitParam: z.string(),
    limit: z.number().int().positive(),
  }),
]);
const SCOPE = { scope: z.object({ providers: z.array(z.string()), selectors: z.array(z.string()) }) };
const SETTINGS = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('sql'),
    urlRef: z.string(),
    statement: z.union([z.strictObject({ query: z.string() }), z.strictObject({ view: z.string() })]),
    maxRows: z.number().int().positive(),
    caFile: z.string().exactOptional(),
    ...SCOPE,
  }),
  z.object({
    type: z.literal('http'),
    url: z.string(),
    header: z.object({ name: z.string(), valueRef: z.string() }).exactOptional(),
    paging: PAGING,
    rows: z.string(),
    total: z.string().exactOptional(),
    fields: FIELDS,
    ...TLS,
    ...SCOPE,
  }),
  z.object({
    type: z.literal('file'),
    path: z.string(),
    format: z.enum(['csv', 'json', 'yaml']),
    fields: FIELDS,
    ...SCOPE,
  }),
  z.object({ type: z.literal('virtfusion'), url: z.string(), tokenRef: z.string(), ...TLS, ...SCOPE }),
  z.object({
    type: z.literal('whmcs'),
    url: z.string(),
    identifierRef: z.string(),
    secretRef: z.string(),
    fields: FIELDS,
    groups: z.array(z.string()),
    products: z.array(z.string()),
    ...TLS,
    ...SCOPE,
  }),
  z.object({ type: z.literal('netbox'), url: z.string(), tokenRef: z.string(), fields: FIELDS, ...TLS, ...SCOPE }),
  z.object({ type: z.literal('rollcall'), ...SCOPE }),
]);

type Sealed = Pick<StoredPanel, 'id' | 'name' | 'type' | 'settings'>;

/** Signs where a panel is and what is sent there: whoever can write to the database alone cannot make one, nor change it. */
export function sealPanel(key: SealKey, panel: Sealed): string {
  return seal(key, sealed(panel));
}

function sealed({ id, name, type, settings }: Sealed): readonly unknown[] {
  return ['panel', id, name, type, settings];
}

/** The settings of a panel whose seal is right. Throws AppError('unconfirmed'), 'database'. */
export function confirmedPanelSettings(key: SealKey, panel: StoredPanel): PanelSettings {
  if (isSealed(key, sealed(panel), panel.seal)) return parsePanelSettings(panel);
  const { name } = panel;
  throw new AppError('unconfirmed', `the settings of the panel ${name} are not sealed with the key of this inventory`, {
    hint: `nothing was sent. Look at them with \`rollcall panel show ${name}\`, and if they are right: rollcall panel confirm ${name}`,
  });
}

/** Whatever the seal: to show them. Throws AppError('database'). */
export function parsePanelSettings({
  name,
  type,
  settings,
}: Pick<StoredPanel, 'name' | 'type' | 'settings'>): PanelSettings {
  const parsed = SETTINGS.safeParse(settings);
  if (parsed.success && parsed.data.type === type) return parsed.data;
  throw new AppError('database', `the database holds a damaged row, panel ${name}`, {
    hint: `rollcall panel remove ${name}, and add it again`,
  });
}

/** The references to secrets of a panel. */
export function panelReferences(settings: PanelSettings): string[] {
  switch (settings.type) {
    case 'sql':
      return [settings.urlRef];
    case 'http':
      return settings.header === undefined ? [] : [settings.header.valueRef];
    case 'virtfusion':
    case 'netbox':
      return [settings.tokenRef];
    case 'whmcs':
      return [settings.identifierRef, settings.secretRef];
    default:
      return [];
  }
}

/** How its certificate is verified. */
export function panelTls(settings: PanelSettings): PanelTls {
  if (settings.type === 'file' || settings.type === 'rollcall') return {};
  const { caFile } = settings;
  const fingerprint = 'fingerprint' in settings ? settings.fingerprint : undefined;
  return { ...(caFile !== undefined && { caFile }), ...(fingerprint !== undefined && { fingerprint }) };
}
