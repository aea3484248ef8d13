import type { ShownUser } from '../../services/people/shown-user.ts';
import type { Column } from '../output/column.ts';
import { formatAge } from '../output/format.ts';
import { scopeText } from './scope-options.ts';

export type NameOf = (providerId: string) => string;

export function userColumns(nameOf: NameOf): readonly Column<ShownUser>[] {
  return [
    { key: 'name', raw: ({ name }) => name },
    {
      key: 'displayName',
      header: 'DISPLAY NAME',
      raw: ({ displayName }) => displayName,
      detail: (rows) => rows.some(({ displayName }) => displayName !== null),
    },
    { key: 'role', raw: ({ role }) => role },
    { key: 'sees', raw: ({ scope }) => scopeText(scope, nameOf), spare: 1 },
    { key: 'state', raw: ({ state }) => state, tone: ({ state }) => (state === 'active' ? 'plain' : 'warn') },
    {
      key: 'lastLoginAt',
      header: 'LAST LOGIN',
      raw: ({ lastLoginAt }) => lastLoginAt,
      text: ({ lastLoginAt }, { now }) => (lastLoginAt === null ? 'never' : formatAge(lastLoginAt, now)),
    },
    {
      key: 'accountKey',
      header: 'ACCOUNT',
      raw: ({ accountKey }) => accountKey,
      detail: (rows) => rows.some(({ accountKey }) => accountKey !== null),
    },
    { key: 'issuer', raw: ({ issuer }) => issuer, detail: 'wide' },
    { key: 'createdAt', header: 'ADDED', raw: ({ createdAt }) => createdAt, detail: 'wide' },
    { key: 'createdBy', header: 'BY', raw: ({ createdBy }) => createdBy, detail: 'wide' },
  ];
}
