import type { Problems } from '../../app/config/problems.ts';
import { isSecretReference, SECRET_REFERENCES } from '../../app/config/secret.ts';
import { AppError } from '../../types/errors.ts';
import { type FieldMap, type PanelType, RECORD_FIELDS } from '../../types/panel.ts';
import type { PanelOptions } from './panel-options.ts';

type Key = Exclude<keyof PanelOptions, 'select'>;

export const FLAGS: Readonly<Record<Key, string>> = {
  url: '--url',
  query: '--query',
  view: '--view',
  maxRows: '--max-rows',
  file: '--file',
  format: '--format',
  map: '--map',
  token: '--token',
  header: '--header',
  rows: '--rows',
  total: '--total',
  pageParam: '--page-param',
  firstPage: '--first-page',
  pageUntil: '--page-until',
  next: '--next',
  offsetParam: '--offset-param',
  limitParam: '--limit-param',
  limit: '--limit',
  identifier: '--identifier',
  secret: '--secret',
  group: '--group',
  product: '--product',
};

/** Of each type the options that it needs, and those that it may have. */
const OPTIONS: Readonly<Record<PanelType, { needs: readonly Key[]; may: readonly Key[] }>> = {
  sql: { needs: ['url'], may: ['query', 'view', 'maxRows'] },
  http: {
    needs: ['url', 'rows', 'map'],
    may: [
      'token',
      'header',
      'total',
      'pageParam',
      'firstPage',
      'pageUntil',
      'next',
      'offsetParam',
      'limitParam',
      'limit',
    ],
  },
  file: { needs: ['file'], may: ['format', 'map'] },
  virtfusion: { needs: ['url', 'token'], may: [] },
  whmcs: { needs: ['url', 'identifier', 'secret'], may: ['map', 'group', 'product'] },
  netbox: { needs: ['url', 'token'], may: ['map'] },
  rollcall: { needs: [], may: [] },
};
/** Which of the options that a type has are references to secrets. */
const REFERENCES: readonly Key[] = ['token', 'identifier', 'secret'];

export function checkPanelOptions(type: PanelType, options: PanelOptions, problems: Problems): void {
  const { needs, may } = OPTIONS[type];
  const given = new Map<string, unknown>(Object.entries(options));
  for (const [key, flag] of Object.entries(FLAGS)) {
    const isGiven = given.get(key) !== undefined;
    const isNeeded = needs.some((need) => need === key);
    if (isNeeded && !isGiven) {
      problems.add(`${flag} is missing`, `panels of type ${type} need ${needs.map((need) => FLAGS[need]).join(', ')}`);
    }
    if (isGiven && !isNeeded && !may.some((one) => one === key)) {
      problems.add(`${flag} means nothing to panels of type ${type}`, 'leave it out');
    }
  }
  // Never shown: it may be the secret itself.
  for (const key of type === 'sql' ? (['url'] as const) : REFERENCES) {
    const reference = given.get(key);
    if (typeof reference === 'string' && !isSecretReference(reference)) {
      problems.add(`${FLAGS[key]} is no reference to a secret`, `give ${SECRET_REFERENCES}`);
    }
  }
}

/** `id=vps_id`. Throws AppError('usage'). */
export function toFieldMap(texts: readonly string[]): FieldMap {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      const field = RECORD_FIELDS.find((one) => one === text.slice(0, Math.max(at, 0)).trim());
      const name = text.slice(at + 1).trim();
      if (field !== undefined && name !== '') return [field, name] as const;
      throw new AppError('usage', `--map ${text}: write it as FIELD=NAME`, {
        hint: `fields: ${RECORD_FIELDS.join(', ')}`,
      });
    }),
  );
}
