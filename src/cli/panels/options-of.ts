import type { HttpPaging, PanelSettings } from '../../types/panel.ts';
import type { PanelOptions } from './panel-options.ts';

/** Which options say the same in other words, so that a new one takes the place of all of them. */
const ALTERNATIVES: readonly (readonly (keyof PanelOptions)[])[] = [
  ['query', 'view'],
  ['pageParam', 'firstPage', 'pageUntil', 'next', 'offsetParam', 'limitParam', 'limit'],
];

/** The options that would make these settings. */
export function optionsOf(settings: PanelSettings): PanelOptions {
  return { ...optionsOfType(settings), select: [...settings.scope.selectors] };
}

function optionsOfType(settings: PanelSettings): PanelOptions {
  switch (settings.type) {
    case 'sql':
      return { url: settings.urlRef, maxRows: settings.maxRows, ...settings.statement };
    case 'http': {
      const { url, header, rows, total, paging, fields } = settings;
      return {
        url,
        rows,
        map: mapTexts(fields),
        ...(header && { header: header.name, token: header.valueRef }),
        ...(total !== undefined && { total }),
        ...pagingOptions(paging),
      };
    }
    case 'file':
      return { file: settings.path, format: settings.format, map: mapTexts(settings.fields) };
    case 'virtfusion':
      return { url: settings.url, token: settings.tokenRef };
    case 'netbox':
      return { url: settings.url, token: settings.tokenRef, map: mapTexts(settings.fields) };
    case 'whmcs': {
      const { url, identifierRef: identifier, secretRef: secret, fields, groups, products } = settings;
      return { url, identifier, secret, map: mapTexts(fields), group: [...groups], product: [...products] };
    }
    case 'rollcall':
      return {};
  }
}

function pagingOptions(paging: HttpPaging): PanelOptions {
  switch (paging.kind) {
    case 'none':
      return {};
    case 'pages':
      return { pageParam: paging.param, firstPage: paging.first, pageUntil: paging.until };
    case 'next':
      return { next: paging.next };
    case 'offset':
      return { offsetParam: paging.offsetParam, limitParam: paging.limitParam, limit: paging.limit };
  }
}

export function mapTexts(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).map(([field, name]) => `${field}=${name}`);
}

/** New options over the ones before. */
export function mergeOptions(before: PanelOptions, given: PanelOptions): PanelOptions {
  const replaced = ALTERNATIVES.filter((group) => group.some((key) => given[key] !== undefined)).flat();
  const kept = Object.entries(before).filter(([key]) => !replaced.some((one) => one === key));
  return { ...Object.fromEntries(kept), ...given };
}
