import * as z from 'zod';
import { decodeAnswer } from '../../net/decode-answer.ts';
import type { RestLimits } from '../../net/rest-wire.ts';
import { AppError } from '../../types/errors.ts';
import type { FieldMap, PanelSettings, PanelSource, ReadPanelOptions } from '../../types/panel.ts';
import { type HttpPage, nextUrl } from '../http/next-page.ts';
import { openPanelWire, type PanelTrust, panelAddress } from '../panel-wire.ts';
import { type ListPass, readWhole } from '../read-whole.ts';
import type { MappedRow } from '../to-record.ts';
import { readDiskUnit, type ToGb } from './disk-unit.ts';

type NetboxSettings = Extract<PanelSettings, { type: 'netbox' }>;

export interface NetboxPanelParts {
  settings: NetboxSettings;
  token: string;
  trust: PanelTrust;
  limits?: RestLimits;
}

const TITLE = 'NetBox';
const PAGE = 200;
const MOST_PAGES = 2_000;
const NO_DISKS = 'NetBox does not tell its release, so the sizes of disks count as not told: MB since 4.1, GB before';

const id = z.union([z.string(), z.number()]);
const word = z.object({ value: z.string() }).nullish().catch(null);
const machine = z.looseObject({
  id,
  name: z.string().nullish().catch(null),
  status: word,
  tenant: z.object({ slug: z.string() }).nullish().catch(null),
  vcpus: z.unknown(),
  memory: z.unknown(),
  disk: z.number().nullish().catch(null),
  primary_ip: z.object({ address: z.string() }).nullish().catch(null),
  custom_fields: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const page = z.object({ count: z.number().int().nonnegative(), next: z.string().nullish(), results: z.array(machine) });

/** Virtual machines as NetBox documents them. */
export function openNetboxPanel({ settings, token, trust, limits }: NetboxPanelParts): PanelSource {
  const endpoint = panelAddress(settings.url, TITLE).replace(/\/api$/, '');
  const { origin, pathname } = new URL(endpoint);
  const api = `${pathname.replace(/\/$/, '')}/api`;
  const first = new URL(`${origin}${api}/virtualization/virtual-machines/`);
  // Another order could change while the pages are read.
  first.search = `?limit=${PAGE}&ordering=id`;
  const headers = async () => ({
    // Tokens of NetBox 4.5 and later begin like that.
    Authorization: `${token.startsWith('nbt_') ? 'Bearer' : 'Token'} ${token}`,
  });
  const right = 'the right to view virtual machines';
  const wire = openPanelWire({ endpoint: origin, title: TITLE, trust, right, limits, headers });
  const readList = async ({ signal, onProgress }: ReadPanelOptions, toGb: ToGb | null): Promise<ListPass> => {
    const rows: MappedRow[] = [];
    const totals = new Set<number>();
    let at: HttpPage | null = { url: first, index: 0 };
    while (at !== null) {
      if (at.index >= MOST_PAGES) throw new AppError('limit', `NetBox lists more than ${MOST_PAGES} pages`);
      const answer = await wire.read(`${at.url.pathname}${at.url.search}`, { signal });
      const { count, next, results } = decodeAnswer(answer, page, { what: 'virtual machines', endpoint, title: TITLE });
      totals.add(count);
      rows.push(...results.map((one) => toMachineRow(one, { fields: settings.fields, toGb })));
      onProgress?.('virtual machines', rows.length, count);
      at = nextUrl(at, next);
    }
    return { rows, totals };
  };
  return {
    read: async (options) => {
      const isMapped = settings.fields.disk_gb !== undefined;
      const toGb = isMapped ? null : await readDiskUnit(wire, `${api}/status/`, options.signal);
      const reading = await readWhole(() => readList(options, toGb));
      if (toGb !== null || isMapped) return reading;
      return { ...reading, notes: [NO_DISKS, ...(reading.notes ?? [])] };
    },
    close: async () => wire.close(),
  };
}

/** `fields`: names of custom fields, or else of fields of NetBox, which take the place of what is usual. */
function toMachineRow(
  one: z.infer<typeof machine>,
  { fields, toGb }: { fields: FieldMap; toGb: ToGb | null },
): MappedRow {
  const { status, tenant, vcpus, memory, disk, primary_ip: primary, custom_fields: custom } = one;
  const mapped = Object.entries(fields).map(([field, name]) => [field, custom?.[name] ?? one[name] ?? null] as const);
  return {
    id: one.id,
    name: one.name,
    state: status?.value === 'offline' ? 'stopped' : status?.value,
    owner: tenant?.slug,
    cores: vcpus,
    memory_mb: memory,
    disk_gb: disk === null || disk === undefined ? null : toGb?.(disk),
    address: primary?.address,
    ...Object.fromEntries(mapped),
  };
}
