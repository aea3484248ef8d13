import { panelTls } from '../../services/reconcile/panel-settings.ts';
import type { HttpPaging, PanelScope, PanelSettings } from '../../types/panel.ts';
import { mapTexts } from './options-of.ts';

/** Where a panel is, with references in place of secrets. */
export function sourceText(settings: PanelSettings): string {
  switch (settings.type) {
    case 'sql':
      return settings.urlRef;
    case 'file':
      return settings.path;
    case 'rollcall':
      return 'the account book of this inventory';
    default:
      return settings.url;
  }
}

/** Which guests a panel is about. */
export function scopeText({ providers, selectors }: PanelScope): string {
  const parts = [...providers.map((one) => `provider ${one}`), ...selectors];
  return parts.length === 0 ? 'all guests' : parts.join(', ');
}

interface Pair {
  key: string;
  value: string;
}

/** Keys and values of `panel show`. */
export function panelPairs(settings: PanelSettings): Pair[] {
  const { caFile, fingerprint } = panelTls(settings);
  const fields = 'fields' in settings ? mapTexts(settings.fields) : [];
  return [
    { key: 'type', value: settings.type },
    { key: 'source', value: sourceText(settings) },
    ...typePairs(settings),
    ...fields.map((value) => ({ key: 'field', value })),
    ...(caFile === undefined ? [] : [{ key: 'authority', value: caFile }]),
    ...(fingerprint === undefined ? [] : [{ key: 'fingerprint', value: fingerprint }]),
    { key: 'guests', value: scopeText(settings.scope) },
  ];
}

function typePairs(settings: PanelSettings): Pair[] {
  switch (settings.type) {
    case 'sql': {
      const { statement, maxRows } = settings;
      const read =
        'query' in statement ? { key: 'query', value: statement.query } : { key: 'view', value: statement.view };
      return [read, { key: 'at most', value: `${maxRows} rows` }];
    }
    case 'http': {
      const { header, rows, total, paging } = settings;
      return [
        ...(header === undefined ? [] : [{ key: 'header', value: `${header.name}: ${header.valueRef}` }]),
        { key: 'rows', value: rows },
        ...(total === undefined ? [] : [{ key: 'total', value: total }]),
        { key: 'pages', value: pagingText(paging) },
      ];
    }
    case 'file':
      return [{ key: 'format', value: settings.format }];
    case 'virtfusion':
    case 'netbox':
      return [{ key: 'token', value: settings.tokenRef }];
    case 'whmcs':
      return [
        { key: 'identifier', value: settings.identifierRef },
        { key: 'secret', value: settings.secretRef },
        ...settings.groups.map((value) => ({ key: 'group', value })),
        ...settings.products.map((value) => ({ key: 'product', value })),
      ];
    case 'rollcall':
      return [];
  }
}

function pagingText(paging: HttpPaging): string {
  switch (paging.kind) {
    case 'none':
      return 'one';
    case 'pages':
      return `${paging.param}=${paging.first}, … until ${paging.until}`;
    case 'next':
      return `the next at ${paging.next}`;
    case 'offset':
      return `${paging.offsetParam}=0, … with ${paging.limitParam}=${paging.limit}`;
  }
}
