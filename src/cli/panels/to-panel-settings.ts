import path from 'node:path';
import { Problems } from '../../app/config/problems.ts';
import { caFlaw } from '../../app/config/tls.ts';
import { parseSelectors } from '../../services/selectors/parse-selector.ts';
import { redactText } from '../../text/redact-text.ts';
import { secretParameters } from '../../text/secret-parameters.ts';
import type { HttpPaging, PanelSettings, PanelSettingsOfType, PanelTls, PanelType } from '../../types/panel.ts';
import { checkPanelOptions, toFieldMap } from './option-rules.ts';
import type { PanelOptions } from './panel-options.ts';

const MAX_ROWS = 100_000;
const PAGE_ROWS = 100;
const STORED = 'it would be stored and shown';

export interface DescribedPanel {
  type: PanelType;
  options: PanelOptions;
  providers: readonly string[];
  tls: PanelTls;
  cwd: string;
  now: Date;
}

/** Throws AppError('usage') and 'configuration', with all problems of the panel at once. */
export function toPanelSettings({ type, options, providers, tls, cwd, now }: DescribedPanel): PanelSettings {
  const problems = new Problems();
  checkPanelOptions(type, options, problems);
  const trust = checkedTls(type, tls, { cwd, problems });
  const settings = settingsOfType(type, options, { tls: trust, cwd, problems });
  if ('url' in settings) refuseSecrets(settings, problems);
  problems.throwIfAny();
  const { select = [] } = options;
  if (select.length > 0) parseSelectors(select, now);
  return { ...settings, scope: { providers, selectors: select } };
}

function checkedTls(type: PanelType, tls: PanelTls, { cwd, problems }: { cwd: string; problems: Problems }): PanelTls {
  const { caFile, fingerprint } = tls;
  const isTlsUsed = type !== 'file' && type !== 'rollcall';
  if (!isTlsUsed && (caFile !== undefined || fingerprint !== undefined)) {
    problems.add(`a certificate means nothing to panels of type ${type}`, 'leave it out');
  }
  if (type === 'sql' && fingerprint !== undefined) {
    problems.add('--fingerprint means nothing to panels of type sql', 'give the authority with --ca-file');
  }
  if (caFile === undefined) return { ...(fingerprint !== undefined && { fingerprint }) };
  const file = path.resolve(cwd, caFile);
  const flaw = caFlaw(file);
  if (flaw !== null) problems.add(`--ca-file: ${flaw}`, "give a file with the authority's certificate in PEM form");
  return { caFile: file, ...(fingerprint !== undefined && { fingerprint }) };
}

interface Parts {
  tls: PanelTls;
  cwd: string;
  problems: Problems;
}

function settingsOfType(type: PanelType, options: PanelOptions, parts: Parts): PanelSettingsOfType {
  const { url = '', token = '', map = [], file = '' } = options;
  const { tls, cwd, problems } = parts;
  const fields = toFieldMap(map);
  switch (type) {
    case 'sql':
      return {
        type,
        urlRef: url,
        statement: toSqlStatement(options, problems),
        maxRows: options.maxRows ?? MAX_ROWS,
        ...(tls.caFile !== undefined && { caFile: tls.caFile }),
      };
    case 'http':
      return httpSettings(options, parts);
    case 'file':
      return { type, path: path.resolve(cwd, file), format: options.format ?? formatOf(file, problems), fields };
    case 'virtfusion':
      return { type, url, tokenRef: token, ...tls };
    case 'whmcs':
      return whmcsSettings(options, tls);
    case 'netbox':
      return { type, url, tokenRef: token, fields, ...tls };
    case 'rollcall':
      return { type };
  }
}

function whmcsSettings(options: PanelOptions, tls: PanelTls): PanelSettingsOfType {
  const { url = '', identifier = '', secret = '', map = [], group = [], product = [] } = options;
  return {
    type: 'whmcs',
    url,
    identifierRef: identifier,
    secretRef: secret,
    fields: toFieldMap(map),
    groups: group,
    products: product,
    ...tls,
  };
}

function toSqlStatement({ query, view }: PanelOptions, problems: Problems): { query: string } | { view: string } {
  if (query !== undefined && view !== undefined) problems.add('--query contradicts --view', 'give one of them');
  if (view !== undefined) return { view };
  if (query === undefined) problems.add('--query is missing', 'give a statement, or a view with --view');
  return { query: query ?? '' };
}

function formatOf(file: string, problems: Problems): 'csv' | 'json' | 'yaml' {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.json') return 'json';
  if (ending === '.yaml' || ending === '.yml') return 'yaml';
  if (ending !== '.csv' && file !== '') problems.add('the format of the file is not known', 'give --format');
  return 'csv';
}

function httpSettings(options: PanelOptions, { tls, problems }: Parts): PanelSettingsOfType {
  const { url = '', token, header = 'Authorization', rows = '', total, map = [] } = options;
  const fields = toFieldMap(map);
  if (map.length > 0 && fields.id === undefined) {
    problems.add('no expression gives the id of a record', 'give one: --map id=EXPRESSION');
  }
  if (options.header !== undefined && token === undefined)
    problems.add('--header needs --token', 'give both or neither');
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(header))
    problems.add('--header is no name of a header', 'such as X-Api-Key');
  return {
    type: 'http',
    url,
    ...(token !== undefined && { header: { name: header, valueRef: token } }),
    paging: toPaging(options, problems),
    rows,
    ...(total !== undefined && { total }),
    fields,
    ...tls,
  };
}

/** The address is stored and shown as it is. */
function refuseSecrets({ type, url: text }: { type: PanelType; url: string }, problems: Problems): void {
  const hint =
    type === 'http'
      ? `${STORED}: send it in a header, as a reference: --token env:NAME, with --header NAME`
      : `${STORED}: leave it out`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLogin = url !== null && (url.username !== '' || url.password !== '');
  const names = url === null ? [] : secretParameters(url);
  for (const name of names) problems.add(`--url: its parameter ${name} looks like a secret`, hint);
  if (isLogin) problems.add('--url holds a user or password', hint);
  // In its path, or in a text that is no address.
  else if (names.length === 0 && redactText(text) !== text) problems.add('--url holds a secret', hint);
}

function toPaging(options: PanelOptions, problems: Problems): HttpPaging {
  const { pageParam, firstPage = 1, pageUntil, next, offsetParam, limitParam, limit = PAGE_ROWS } = options;
  const ways = [pageParam, next, offsetParam].filter((one) => one !== undefined);
  if (ways.length > 1) {
    problems.add('--page-param, --next and --offset-param contradict each other', 'give one of them');
  }
  if ((pageParam === undefined) !== (pageUntil === undefined)) {
    problems.add('--page-param and --page-until belong together', 'give both or neither');
  }
  if ((offsetParam === undefined) !== (limitParam === undefined)) {
    problems.add('--offset-param and --limit-param belong together', 'give both or neither');
  }
  if (next !== undefined) return { kind: 'next', next };
  if (pageParam !== undefined) return { kind: 'pages', param: pageParam, first: firstPage, until: pageUntil ?? '' };
  if (offsetParam !== undefined) return { kind: 'offset', offsetParam, limitParam: limitParam ?? '', limit };
  return { kind: 'none' };
}
