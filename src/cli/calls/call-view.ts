import type { ShownCall } from '../../app/api-session.ts';
import type { Column } from '../output/column.ts';
import type { View } from '../output/output.ts';

interface Pair {
  key: string;
  value: string;
}

/** `POST /nodes/pve1/vzdump`. */
export function callText({ verb, path }: Pick<ShownCall, 'verb' | 'path'>): string {
  return `${verb} ${path}`;
}

/** What will be sent, for people. */
export function callPairs(call: ShownCall): Pair[] {
  const { provider, account, guest, parameters, rights, missing, permission, release } = call;
  return [
    { key: 'CALL', value: callText(call) },
    { key: 'PROVIDER', value: provider },
    { key: 'ACCOUNT', value: account },
    ...(guest === null ? [] : [{ key: 'GUEST', value: guest }]),
    ...Object.entries(parameters).flatMap(([name, value]) =>
      [value].flat().map((one) => ({ key: 'PARAMETER', value: `${name}=${one}` })),
    ),
    { key: 'ALLOWED', value: missing.length === 0 ? `yes (${rights.join(', ')})` : `no: ${missing.join(', ')}` },
    { key: 'PRIVILEGE', value: permissionText(permission) },
    { key: 'CHECKED', value: `against the API of Proxmox VE ${release}` },
  ];
}

/** On one line each, for standard error. */
export function callLines(call: ShownCall): string[] {
  const pairs = callPairs(call);
  const width = Math.max(...pairs.map(({ key }) => key.length));
  return pairs.map(({ key, value }) => `${key.padEnd(width)}  ${value}`);
}

const COLUMNS: readonly Column<ShownCall>[] = [
  { key: 'provider', raw: ({ provider }) => provider },
  { key: 'account', raw: ({ account }) => account },
  { key: 'verb', raw: ({ verb }) => verb },
  { key: 'path', raw: ({ path }) => path },
  { key: 'parameters', raw: ({ parameters }) => JSON.stringify(parameters) },
  { key: 'guest', raw: ({ guest }) => guest },
  { key: 'rights', raw: ({ rights }) => rights },
  { key: 'missing', raw: ({ missing }) => missing },
  { key: 'permission', raw: ({ permission }) => permission },
  { key: 'release', raw: ({ release }) => release },
];

export const CALL_VIEW: View<ShownCall, ShownCall> = {
  columns: COLUMNS,
  rows: (call) => [call],
  ref: ({ path }) => path,
  layout: (call, draw) => [draw.plain(callPairs(call))],
};

function permissionText(permission: string): string {
  if (permission === '') return 'root@pam only';
  return permission === 'all' || permission === 'described' ? 'the server checks what the account may' : permission;
}
