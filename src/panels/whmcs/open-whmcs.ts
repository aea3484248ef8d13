import * as z from 'zod';
import { decodeAnswer } from '../../net/decode-answer.ts';
import type { Refusal, RefusedAnswer, RestLimits, RestWire } from '../../net/rest-wire.ts';
import { AppError } from '../../types/errors.ts';
import type { PanelSettings, PanelSource } from '../../types/panel.ts';
import { openPanelWire, type PanelTrust, panelAddress } from '../panel-wire.ts';
import { type ListPass, readWhole } from '../read-whole.ts';
import { toProductRow, type WhmcsProduct, whmcsProduct } from './product-row.ts';
import { isServerOf } from './server-products.ts';

type WhmcsSettings = Extract<PanelSettings, { type: 'whmcs' }>;

export interface WhmcsPanelParts {
  settings: WhmcsSettings;
  identifier: string;
  secret: string;
  trust: PanelTrust;
  limits?: RestLimits;
}

const TITLE = 'WHMCS';
const PATH = '/includes/api.php';
const PAGE = 250;
const MOST_PAGES = 2_000;
const MOST_WORDS = 200;

const count = z.coerce.number().int().nonnegative();
const failure = z.object({ result: z.literal('error'), message: z.string().catch('') });
/** Where there is none, PHP gives an empty text or list in place of an object. */
const nothing = z.union([z.literal(''), z.array(z.never()).length(0), z.null()]).transform(() => ({ product: [] }));
const list = z.object({
  result: z.literal('success'),
  totalresults: count,
  products: z.union([z.object({ product: z.array(whmcsProduct) }), nothing]).optional(),
});

/** Products of clients by WHMCS' own API; nothing but GetClientsProducts is called. */
export function openWhmcsPanel({ settings, identifier, secret, trust, limits }: WhmcsPanelParts): PanelSource {
  const endpoint = panelAddress(settings.url, TITLE);
  const right = 'an API role with GetClientsProducts';
  const wire = openPanelWire({ endpoint, title: TITLE, trust, right, limits, readRefusal });
  const isServer = isServerOf(settings);
  return {
    read: ({ signal, onProgress }) =>
      readWhole(async (): Promise<ListPass> => {
        const products: WhmcsProduct[] = [];
        const totals = new Set<number>();
        for (let page = 0; page < MOST_PAGES; page++) {
          const call = { identifier, secret, limitstart: products.length };
          const answer = await readPage(wire, endpoint, { call, signal });
          const found = answer.products?.product ?? [];
          totals.add(answer.totalresults);
          products.push(...found);
          onProgress?.('products', products.length, answer.totalresults);
          if (found.length > 0 && products.length < answer.totalresults) continue;
          const toRow = (product: WhmcsProduct) => toProductRow(product, settings.fields);
          return { rows: products.map(toRow), servers: products.filter(isServer).map(toRow), totals };
        }
        throw new AppError('limit', `WHMCS lists more than ${MOST_PAGES} pages`);
      }),
    close: async () => wire.close(),
  };
}

interface Call {
  call: { identifier: string; secret: string; limitstart: number };
  signal: AbortSignal;
}

async function readPage(wire: RestWire, endpoint: string, { call, signal }: Call): Promise<z.infer<typeof list>> {
  const form = new URLSearchParams({
    action: 'GetClientsProducts',
    responsetype: 'json',
    limitnum: String(PAGE),
    ...call,
    limitstart: String(call.limitstart),
  });
  const body = { text: form.toString(), type: 'application/x-www-form-urlencoded' };
  const answer = await wire.read(PATH, { body, signal });
  const failed = failure.safeParse(answer);
  if (failed.success) throw apiError(failed.data.message);
  return decodeAnswer(answer, list, { what: 'GetClientsProducts', endpoint, title: TITLE });
}

function apiError(message: string): AppError {
  const words = message.slice(0, MOST_WORDS);
  if (/authentication|invalid (?:ip|identifier)/i.test(words)) {
    return new AppError('unauthenticated', `WHMCS refuses the API credential: ${words}`, {
      hint: 'check identifier and secret, and allow the address of this machine: General Settings, Security',
    });
  }
  return new AppError('server', `WHMCS: ${words}`, { hint: 'give the API role GetClientsProducts' });
}

/** WHMCS says why with a status of 403, also where the credential is wrong. */
function readRefusal({ text }: RefusedAnswer): Partial<Refusal> {
  try {
    const parsed = failure.safeParse(JSON.parse(text));
    return parsed.success ? { message: parsed.data.message.slice(0, MOST_WORDS) } : {};
  } catch {
    return {};
  }
}
